package jingwei.cluster.node;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jingwei.actors.placement.Placement;
import jingwei.cluster.chaos.CommittedStep;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.session.RunListener;
import jingwei.model.data.Batch;
import jingwei.model.metrics.StepMetrics;
import jingwei.model.step.StepResult;

/**
 * What happens in a session: kept for {@code session status}, and written to its {@link EpochLog}.
 * The thread of the session tells, any thread may ask.
 */
final class SessionProgress implements RunListener {
  private static final int RECENT_STEPS = 20;

  /** Null while no run holds the folder. */
  private EpochLog log;

  /** Faults that were noticed while no run held the folder. */
  private final List<EpochLine> unwritten = new ArrayList<>();

  private final String leader;
  private final long seed;
  private final Runnable saved;
  private final Deque<StepMetrics> recent = new ArrayDeque<>();
  private final SessionRows rows;
  private String lastNote = "";
  private SessionRecord.Reached reached;
  private List<EpochLine.Member> members = List.of();
  private long epoch;
  private boolean isPlaced;
  private int vainLaunches;
  private String waitsFor;

  /**
   * @param leader address of this node
   * @param seed of the session
   * @param reached where the session is
   * @param rows its standard input
   * @param saved is called after every checkpoint
   */
  SessionProgress(
      String leader, long seed, SessionRecord.Reached reached, SessionRows rows, Runnable saved) {
    this.saved = saved;
    this.rows = rows;
    this.leader = leader;
    this.seed = seed;
    this.reached = reached;
  }

  /** Begins to write. The folder is locked until the writing ends. */
  synchronized AutoCloseable writing(EpochLog newLog) {
    log = newLog;
    try {
      unwritten.forEach(log::append);
    } catch (RuntimeException disk) {
      endWriting();
      throw disk;
    }
    unwritten.clear();
    return this::endWriting;
  }

  private synchronized void endWriting() {
    EpochLog closing = log;
    log = null;
    closing.close();
  }

  private synchronized void append(EpochLine line) {
    if (log == null) {
      unwritten.add(line);
    } else {
      log.append(line);
    }
  }

  synchronized SessionRecord.Reached reached() {
    return reached;
  }

  /** The nodes of the epoch, and what each does; empty before the first. */
  synchronized List<EpochLine.Member> members() {
    return members;
  }

  /** What the session waits for; null if it trains. */
  synchronized String waitsFor() {
    return waitsFor;
  }

  /** The session waits for something and has no nodes; null if it goes on. */
  synchronized void waitsFor(String what) {
    waitsFor = what;
    if (what != null) {
      members = List.of();
    }
  }

  /** An epoch begins to be launched; what its nodes do is known later. */
  synchronized void launching(long newEpoch, Team team) {
    epoch = newEpoch;
    members =
        team.nodes().stream()
            .map(node -> new EpochLine.Member(node.address(), List.of(), 0, false, List.of()))
            .toList();
    isPlaced = false;
    vainLaunches++;
  }

  /** Launches since the last committed step. */
  synchronized int vainLaunches() {
    return vainLaunches;
  }

  /** Whether the nodes of the epoch know what they do. */
  synchronized boolean isPlaced() {
    return isPlaced;
  }

  synchronized void placed(Team newTeam, Placement placement) {
    isPlaced = true;
    members =
        newTeam.nodes().stream()
            .map(NodeDescription::address)
            .map(address -> member(newTeam, address, placement))
            .toList();
  }

  private static EpochLine.Member member(Team team, String address, Placement placement) {
    int number = team.nodes().stream().map(NodeDescription::address).toList().indexOf(address);
    boolean isDevice = team.members().devices().contains(number);
    boolean isHost = team.members().hosts().contains(number);
    List<Integer> experts = isHost ? placement.expertsOf(number) : List.of();
    return new EpochLine.Member(
        address,
        isDevice ? placement.replicasOf(number) : List.of(),
        experts.size(),
        !experts.isEmpty() && experts.getFirst().equals(placement.firstExpert()),
        isDevice ? placement.stagesOf(number) : List.of());
  }

  @Override
  public synchronized void note(String sentence) {
    lastNote = sentence;
  }

  /** The newest sentence of the run for users; empty if there was none. */
  synchronized String lastNote() {
    return lastNote;
  }

  @Override
  public void rowsKept(long count, boolean areAll) {
    rows.kept(count, areAll);
  }

  @Override
  public synchronized void started(long step) {
    recent.clear();
    reached = at(step, reached.lastFault());
    append(new EpochLine.Begin(epoch, leader, step, members, System.currentTimeMillis()));
  }

  @Override
  public synchronized void committed(Batch batch, StepResult result) {
    vainLaunches = 0;
    append(CommittedStep.line(epoch, seed, batch, result, System.currentTimeMillis()));
  }

  @Override
  public synchronized void step(StepMetrics metrics, long plannedSteps) {
    recent.addLast(metrics);
    if (recent.size() > RECENT_STEPS) {
      recent.removeFirst();
    }
    reached = at(metrics.reached().step(), reached.lastFault());
  }

  @Override
  public synchronized void saved(long step, Path checkpoint) {
    append(
        new EpochLine.Checkpoint(
            epoch, step, checkpoint.getFileName().toString(), System.currentTimeMillis()));
    saved.run();
  }

  @Override
  public synchronized void fault(long step, String reason) {
    faultAt(reason, System.currentTimeMillis());
  }

  /** A fault was noticed at a time, in milliseconds since 1970. */
  synchronized void faultAt(String reason, long millis) {
    reached = at(reached.step(), reason);
    append(new EpochLine.Fault(epoch, reason, millis));
  }

  /** The session has ended after its last checkpoint. */
  synchronized void ended() {
    append(new EpochLine.End(epoch, reached.step(), System.currentTimeMillis()));
  }

  /** The newest epoch before this node led. */
  synchronized void follows(long earlierEpoch) {
    epoch = earlierEpoch;
  }

  private SessionRecord.Reached at(long step, String lastFault) {
    return recent.isEmpty()
        ? new SessionRecord.Reached(
            step, reached.bitsPerByte(), reached.tokensPerSecond(), lastFault)
        : new SessionRecord.Reached(step, bitsPerByte(), tokensPerSecond(), lastFault);
  }

  /** The harmonic mean, since all steps have the same number of tokens. */
  private double tokensPerSecond() {
    double inverses = recent.stream().mapToDouble(each -> 1 / each.work().tokensPerSecond()).sum();
    return recent.size() / inverses;
  }

  /** Mean over the recent steps in which a domain had tokens. */
  private SortedMap<String, Double> bitsPerByte() {
    Map<String, List<Double>> values = new TreeMap<>();
    for (StepMetrics each : recent) {
      each.losses()
          .domains()
          .forEach(
              (domain, loss) -> {
                if (loss.tokens() > 0) {
                  values.computeIfAbsent(domain, name -> new ArrayList<>()).add(loss.bitsPerByte());
                }
              });
    }
    SortedMap<String, Double> means = new TreeMap<>();
    values.forEach(
        (domain, all) ->
            means.put(
                domain, all.stream().collect(Collectors.averagingDouble(Double::doubleValue))));
    return means;
  }
}
