package jingwei.cluster.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.cluster.copy.FolderReader;
import jingwei.cluster.copy.FolderTaker;
import jingwei.cluster.copy.HeldSession;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * What a new leader does first: it asks all nodes what they hold and which epochs they have seen,
 * and copies what is newer than its own.
 */
final class CopyGather extends AbstractBehavior<CopyGather.Command> {
  sealed interface Command {}

  private record Told(FolderReader.Holding holding) implements Command {}

  private record Freed() implements Command {}

  private record Copied(FolderTaker.Reply reply) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration TICK = Duration.ofMillis(250);

  /** Longest wait for what a member holds that is up, and does not answer. */
  private static final int ANSWER_TICKS = 16;

  /** Longest silence of this node's own copying. */
  private static final int COPY_TICKS = 120;

  private final SessionCopies.Leader leader;
  private final ActorRef<FolderReader.Holding> answers;
  private final ActorRef<FolderTaker.Reply> replies;
  private final Map<String, FolderReader.Holding> told = new HashMap<>();

  /** Why a newer copy could not be taken, by session. */
  private final Map<String, String> failed = new TreeMap<>();

  /** What is to be copied; null until it is known. */
  private Deque<CopyPlan> plans;

  private Deque<String> sources = new ArrayDeque<>();
  private boolean isFree;
  private int ticks;

  private CopyGather(ActorContext<Command> context, SessionCopies.Leader leader) {
    super(context);
    this.leader = leader;
    answers = context.messageAdapter(FolderReader.Holding.class, Told::new);
    replies = context.messageAdapter(FolderTaker.Reply.class, Copied::new);
    leader
        .taker(leader.address())
        .tell(
            new FolderTaker.Lead(
                context.messageAdapter(FolderTaker.Ready.class, ready -> new Freed())));
    ask();
  }

  /** Is to run where it may wait for a disk. */
  static Behavior<Command> create(SessionCopies.Leader leader) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, TICK);
          return Behaviors.setup(context -> new CopyGather(context, leader));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Told(FolderReader.Holding holding) -> told.put(holding.node(), holding);
      case Freed freed -> isFree = true;
      case Copied(FolderTaker.Reply reply) -> onCopied(reply);
      case Tick.NOW -> {
        ticks++;
        ask();
        if (plans != null && ticks > COPY_TICKS) {
          nextSource("nothing came for %s".formatted(TICK.multipliedBy(COPY_TICKS)));
        }
      }
    }
    if (plans == null && isFree && (ticks >= ANSWER_TICKS || missing().isEmpty())) {
      plans = new ArrayDeque<>(plans());
      begin();
    }
    if (plans != null && plans.isEmpty()) {
      long newest =
          told.values().stream().mapToLong(FolderReader.Holding::newestEpoch).max().orElse(0);
      leader.gathered(newest, failed);
      return Behaviors.stopped();
    }
    return this;
  }

  private List<String> missing() {
    return leader.byAge().stream()
        .filter(node -> !node.equals(leader.address()) && !told.containsKey(node))
        .toList();
  }

  private void ask() {
    if (plans == null) {
      missing()
          .forEach(node -> leader.reader(node).tell(new FolderReader.Hold(leader.mark(), answers)));
    }
  }

  private List<CopyPlan> plans() {
    missing()
        .forEach(node -> getContext().getLog().warn("node {} does not say what it holds", node));
    try {
      return CopyPlan.of(HeldSession.in(leader.folder()), told.values());
    } catch (IOException | UncheckedIOException disk) {
      // The leader cannot use the folder either, and says so.
      getContext().getLog().warn("the folder of the sessions cannot be read", disk);
      return List.of();
    }
  }

  private void begin() {
    if (!plans.isEmpty()) {
      sources = new ArrayDeque<>(plans.getFirst().sources());
      take();
    }
  }

  private void take() {
    ticks = 0;
    CopyPlan plan = plans.getFirst();
    leader
        .taker(leader.address())
        .tell(
            new FolderTaker.Take(
                plan.newest().session(),
                plan.newest().epoch(),
                sources.getFirst(),
                "",
                leader.address(),
                replies));
  }

  private void onCopied(FolderTaker.Reply reply) {
    if (plans.isEmpty() || !reply.session().equals(plans.getFirst().newest().session())) {
      return;
    }
    switch (reply) {
      case FolderTaker.Working working -> {
        ticks = 0;
        leader.gathering(
            "node %s copies session %s from node %s, %,d bytes so far"
                .formatted(
                    leader.address(), working.session(), sources.getFirst(), working.bytes()));
      }
      case FolderTaker.Taken taken -> {
        getContext()
            .getLog()
            .info(
                "session {} was copied from node {}: epoch {}, step {}",
                taken.session(),
                sources.getFirst(),
                taken.epoch(),
                taken.step());
        plans.removeFirst();
        begin();
      }
      case FolderTaker.NotTaken not -> nextSource(not.sentence());
    }
  }

  /** Without a copy of what is newest, the session is not led. */
  private void nextSource(String reason) {
    getContext()
        .getLog()
        .warn(
            "session {} cannot be copied from node {}: {}",
            plans.getFirst().newest().session(),
            sources.getFirst(),
            reason);
    sources.removeFirst();
    if (sources.isEmpty()) {
      failed.put(plans.getFirst().newest().session(), reason);
      plans.removeFirst();
      begin();
    } else {
      take();
    }
  }
}
