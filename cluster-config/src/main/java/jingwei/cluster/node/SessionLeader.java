package jingwei.cluster.node;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.cluster.session.LeadLostException;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Leads the sessions of the cluster: a singleton on one of the nodes with the role coordinator. It
 * runs one session at a time, in the order in which they were submitted, and goes on with the one
 * that a lost leader has left.
 */
final class SessionLeader extends AbstractBehavior<SessionLeader.Command> {
  sealed interface Command {}

  /** A client asks. */
  record Asked(Query query, ActorRef<Answer> replyTo) implements Command, ClusterMessage {}

  /** Another node is to lead. */
  enum HandOver implements Command, ClusterMessage {
    NOW
  }

  private record RunEnded(long number, SessionRun.Outcome outcome) implements Command {}

  /** Copies on other nodes were made, or could not be made. */
  enum CopiesChanged implements Command {
    NOW
  }

  /** Another node holds a newer copy, so this one must not lead from its own. */
  record NewerElsewhere(String sentence) implements Command {}

  /**
   * This node has what is newest.
   *
   * @param newestEpoch highest number of an epoch that any node has seen
   * @param withheld sessions of which another node has a newer copy that could not be taken
   */
  record Gathered(long newestEpoch, Set<String> withheld) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration TICK = Duration.ofMillis(500);

  /** How often copies are looked for that could not be taken. */
  private static final Duration GATHER_AGAIN = Duration.ofSeconds(10);

  /** Tells the runs of this process apart, also those of leaders that failed. */
  private static final AtomicLong RUNS = new AtomicLong();

  private final NodeSelf self;
  private final Membership membership;
  private final SessionTable table;
  private final SessionQueries queries;
  private final SessionCopies copies;
  private final Leadership leadership;
  private final PendingAnswers pending;

  /** The run of the session that is led; null if there is none. */
  private SessionRun run;

  private long runNumber;

  /** Name of the session that is led; null if there is none. */
  private String runningName;

  private boolean isLeaving;
  private boolean isGathering;

  /** Whether this node has the newest copies of all sessions but those withheld. */
  private boolean isGathered;

  private Set<String> withheld = Set.of();
  private long gatheredNanos;

  private SessionLeader(ActorContext<Command> context, NodeSelf self, Membership membership) {
    super(context);
    this.self = self;
    this.membership = membership;
    ClusterSettings settings = self.settings();
    table = new SessionTable(settings.folder());
    copies = new SessionCopies(context, self, membership, table);
    table.onChange(copies::changed);
    queries =
        new SessionQueries(table, new Submission(settings.data()), membership, copies.board());
    leadership = new Leadership(context, self, membership);
    pending = new PendingAnswers(self.address(), copies.board());
    context.getSelf().tell(Tick.NOW);
  }

  static Behavior<Command> create(NodeSelf self, Membership membership) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, TICK);
          return Behaviors.setup(context -> new SessionLeader(context, self, membership));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(PostStop.class, signal -> onStop())
        .onSignal(PreRestart.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Asked(Query query, ActorRef<Answer> replyTo) -> onAsked(query, replyTo);
      case HandOver.NOW -> {
        isLeaving = true;
        endRun(SessionControl.Ending.HAND_OVER);
      }
      case RunEnded ended -> onRunEnded(ended);
      case Gathered(long newestEpoch, Set<String> withheld) -> {
        table.follows(newestEpoch);
        isGathering = false;
        isGathered = true;
        this.withheld = Set.copyOf(withheld);
        gatheredNanos = System.nanoTime();
        copies.keepAll(withheld);
      }
      case NewerElsewhere(String sentence) -> {
        isGathered = false;
        leadership.lead().lose(sentence);
      }
      case CopiesChanged.NOW -> {}
      case Tick.NOW -> {
        if (!isLeaving || run != null) {
          leadership.renewLease(run != null);
        }
      }
    }
    pending.answer(run, this::statusOf);
    if (isLeaving) {
      return run == null && copies.board().isSettled() ? Behaviors.stopped() : this;
    }
    startNext();
    return this;
  }

  private void onAsked(Query query, ActorRef<Answer> replyTo) {
    boolean mayKnow = isGathered || leadership.otherCluster().isPresent();
    if (!mayKnow && !(query instanceof Query.Drain)) {
      replyTo.tell(new Answer.NotYet(copies.gathering()));
      return;
    }
    try {
      switch (query) {
        case Query.Drain drain -> {
          membership.drain(drain.node());
          pending.onceDrained(drain, replyTo);
          if (drain.node().equals(self.address())) {
            endRun(SessionControl.Ending.HAND_OVER);
          }
        }
        case Query.Pause(String name) -> {
          leadership.lead().require();
          end(name, SessionState.PAUSED, SessionControl.Ending.PAUSE);
          answerOnceCopied(name, replyTo);
        }
        case Query.Stop(String name) -> {
          leadership.lead().require();
          end(name, SessionState.STOPPED, SessionControl.Ending.STOP);
          answerOnceCopied(name, replyTo);
        }
        case Query.Resume(String name) -> {
          leadership.lead().require();
          resume(name);
          answerOnceCopied(name, replyTo);
        }
        case Query.Submit submit -> {
          leadership.lead().require();
          leadership.otherCluster().ifPresent(this::refuseFolder);
          queries.submit(submit);
          answerOnceCopied(submit.name(), replyTo);
        }
        case Query.Connect(String name, String client, int connection) -> {
          leadership.lead().require();
          replyTo.tell(queries.receipt(name, run, rows -> rows.connect(client, connection)));
        }
        case Query.Rows rows -> {
          leadership.lead().require();
          byte[] bytes = Base64.getDecoder().decode(rows.base64());
          replyTo.tell(
              queries.receipt(
                  rows.name(),
                  run,
                  of ->
                      of.take(rows.client(), rows.connection(), rows.at(), bytes, rows.isLast())));
        }
        case Query.Status(String name) -> replyTo.tell(queries.status(name, run));
        case Query.All all -> replyTo.tell(queries.all(run));
      }
    } catch (LeadLostException lost) {
      // Another node leads; the client asks again.
    } catch (RuntimeException mistake) { // a client must not end the leader
      replyTo.tell(refusal(mistake));
    }
  }

  private static Answer refusal(RuntimeException reason) {
    return new Answer.Refused(
        switch (reason) {
          case UserException mistake -> mistake.getMessage();
          case UncheckedIOException disk ->
              "The folder of the sessions cannot be used (%s)."
                  .formatted(IoReason.withFile(disk.getCause()));
          default -> "The request cannot be answered (%s).".formatted(reason);
        });
  }

  private void end(String name, SessionState state, SessionControl.Ending how) {
    SessionRecord record = queries.existing(name);
    if (record.name().equals(runningName)) {
      run.want(state, how);
    } else {
      queries.end(record, state);
    }
  }

  /** A session that is about to rest goes on after that. */
  private void resume(String name) {
    if (queries.existing(name).name().equals(runningName)) {
      run.want(SessionState.QUEUED, null);
    } else {
      queries.resume(name);
    }
  }

  private void refuseFolder(String holder) {
    throw new UserException(
        "Another cluster, led by node %s, trains in the folder %s; give each cluster a --folder of its own."
            .formatted(holder, self.settings().folder()));
  }

  private void endRun(SessionControl.Ending how) {
    if (run != null) {
      run.control().end(how);
    }
  }

  private void onRunEnded(RunEnded ended) {
    if (ended.number != runNumber) {
      return; // of a leader before this one
    }
    SessionRecord last = run.record();
    self.led(last.epoch());
    run = null;
    runningName = null;
    try {
      switch (ended.outcome) {
        case SessionRun.Outcome.Over(SessionState state) -> {
          leadership.lead().require();
          table.replace(last.ended(state));
        }
        case SessionRun.Outcome.HandedOver handedOver -> {
          leadership.lead().require();
          table.replace(last.handedOver());
        }
        case SessionRun.Outcome.LeadLost(String reason) -> leadership.lost(reason);
      }
    } catch (LeadLostException lost) {
      leadership.lost(lost.getMessage());
    }
  }

  /** Starts the first session that is to run, unless this node must wait or wants to leave. */
  private void startNext() {
    if (run != null || self.isRunning() || !leadership.mayBegin()) {
      return;
    }
    if (!withheld.isEmpty() && System.nanoTime() - gatheredNanos > GATHER_AGAIN.toNanos()) {
      isGathered = false;
    }
    if (!isGathered) {
      if (!isGathering) {
        isGathering = true;
        copies.gather();
      }
      return;
    }
    try {
      queries.open().stream()
          .filter(record -> !withheld.contains(record.name()))
          .filter(this::isReadable)
          .findFirst()
          .ifPresent(this::start);
    } catch (UncheckedIOException disk) {
      return; // asked again with the next tick; queries say why
    }
  }

  /** Another node may have accepted the session, with other folders. */
  private boolean isReadable(SessionRecord record) {
    Optional<String> refusal = queries.refusal(record);
    refusal
        .filter(sentence -> !sentence.equals(record.reached().lastFault()))
        .ifPresent(sentence -> table.replace(record.with(record.reached().with(sentence))));
    return refusal.isEmpty();
  }

  private void start(SessionRecord record) {
    ActorRef<Command> me = getContext().getSelf();
    long number = RUNS.incrementAndGet();
    runNumber = number;
    try {
      run =
          SessionRun.start(
              table,
              record,
              self.address(),
              leadership.lead(),
              needs ->
                  new ClusterNodes(
                      getContext().getSystem(), self, membership, needs.settings(), needs.hooks()),
              outcome -> {
                self.runEnded();
                me.tell(new RunEnded(number, outcome));
              });
      self.runBegins();
    } catch (UserException | UncheckedIOException unusable) {
      table.replace(
          record.with(record.reached().with(unusable.getMessage())).with(SessionState.FAILED));
      return;
    }
    runningName = record.name();
    leadership.tellLoss(run.progress());
    record
        .lossBefore(self.address(), self.ledEpoch())
        .ifPresent(loss -> run.progress().faultAt(loss, membership.lostAt(record.leader())));
  }

  private void answerOnceCopied(String name, ActorRef<Answer> replyTo) {
    pending.onceCopied(queries.existing(name).name(), replyTo);
  }

  private Answer statusOf(String session) {
    try {
      return queries.status(session, run);
    } catch (RuntimeException unreadable) {
      return refusal(unreadable);
    }
  }

  private Behavior<Command> onStop() {
    copies.stop();
    leadership.end(run == null);
    endRun(SessionControl.Ending.HAND_OVER);
    return this;
  }
}
