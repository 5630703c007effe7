package jingwei.cluster.node;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import jingwei.cluster.session.LeadLostException;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;
import org.apache.pekko.actor.Cancellable;
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
   */
  record Gathered(long newestEpoch) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration TICK = Duration.ofMillis(500);
  private static final Duration RENEWAL = Duration.ofMillis(250);

  /** After this time a node that stood still knows whether the others have removed it. */
  private static final Duration RECONSIDER = Duration.ofSeconds(10);

  /** Tells the runs of this process apart, also those of leaders that failed. */
  private static final AtomicLong RUNS = new AtomicLong();

  private record Drained(Query.Drain query, ActorRef<Answer> replyTo) {}

  /** A client waits until a change of a session is also in its second copy. */
  private record Uncopied(String session, long change, ActorRef<Answer> replyTo) {}

  private final NodeSelf self;
  private final Membership membership;
  private final SessionTable table;
  private final SessionQueries queries;
  private final SessionCopies copies;
  private final List<Drained> draining = new ArrayList<>();
  private final List<Uncopied> uncopied = new ArrayList<>();
  private final Cancellable renewal;
  private final FolderLease lease;
  private volatile Lead lead = new Lead(System::nanoTime);

  /** The run of the session that is led; null if there is none. */
  private SessionRun run;

  private long runNumber;
  private String runs;
  private boolean isLeaving;
  private boolean isGathering;

  /** Whether this node has the newest copies. */
  private boolean isGathered;

  private long reconsiderNanos;

  /** Why this node lost the lead; null if it did not, or has said so. */
  private String leadLost;

  private long leadLostMillis;

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
    renewal =
        context
            .getSystem()
            .scheduler()
            .scheduleWithFixedDelay(
                RENEWAL,
                RENEWAL,
                () -> {
                  if (membership.view().isMajority()) {
                    lead.renew();
                  }
                },
                context.getExecutionContext());
    reconsiderNanos = System.nanoTime();
    lease = new FolderLease(settings.folder(), self.info(), System::nanoTime);
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
      case Gathered(long newestEpoch) -> {
        table.follows(newestEpoch);
        isGathering = false;
        isGathered = true;
        copies.keepAll();
      }
      case NewerElsewhere(String sentence) -> {
        isGathered = false;
        lead.lose(sentence);
      }
      case CopiesChanged.NOW -> {}
      case Tick.NOW -> renewLease();
    }
    answerCopied();
    answerDrained();
    if (isLeaving) {
      return run == null && copies.board().isSettled() ? Behaviors.stopped() : this;
    }
    startNext();
    return this;
  }

  private void onAsked(Query query, ActorRef<Answer> replyTo) {
    boolean mayKnow = isGathered || lease.holder().isPresent();
    if (!mayKnow && !(query instanceof Query.Drain)) {
      replyTo.tell(new Answer.NotYet(copies.gathering()));
      return;
    }
    try {
      switch (query) {
        case Query.Drain drain -> {
          membership.drain(drain.node());
          draining.add(new Drained(drain, replyTo));
          if (drain.node().equals(self.address())) {
            endRun(SessionControl.Ending.HAND_OVER);
          }
        }
        case Query.Pause(String name) -> {
          lead.require();
          end(name, SessionState.PAUSED, SessionControl.Ending.PAUSE);
          answerOnceCopied(name, replyTo);
        }
        case Query.Stop(String name) -> {
          lead.require();
          end(name, SessionState.STOPPED, SessionControl.Ending.STOP);
          answerOnceCopied(name, replyTo);
        }
        case Query.Resume(String name) -> {
          lead.require();
          resume(name);
          answerOnceCopied(name, replyTo);
        }
        case Query.Submit submit -> {
          lead.require();
          lease.holder().ifPresent(this::refuseFolder);
          queries.submit(submit);
          answerOnceCopied(submit.name(), replyTo);
        }
        case Query.Connect(String name, String client) ->
            replyTo.tell(queries.receipt(name, run, rows -> rows.connect(client)));
        case Query.Rows(String name, String client, long at, String base64, boolean isLast) ->
            replyTo.tell(
                queries.receipt(
                    name,
                    run,
                    rows -> rows.take(client, at, Base64.getDecoder().decode(base64), isLast)));
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
    if (record.name().equals(runs)) {
      run.want(state, how);
    } else {
      queries.end(record, state);
    }
  }

  /** A session that is about to rest goes on after that. */
  private void resume(String name) {
    if (queries.existing(name).name().equals(runs)) {
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
    run = null;
    runs = null;
    try {
      switch (ended.outcome) {
        case SessionRun.Outcome.Over(SessionState state) -> {
          lead.require();
          table.replace(last.ended(state));
        }
        case SessionRun.Outcome.HandedOver handedOver -> {
          lead.require();
          table.replace(last.handedOver());
        }
        case SessionRun.Outcome.LeadLost(String reason) -> onLeadLost(reason);
      }
    } catch (LeadLostException lost) {
      onLeadLost(lost.getMessage());
    }
  }

  /** Whoever else leads now begins its epoch first. */
  private void onLeadLost(String reason) {
    reconsiderNanos = System.nanoTime() + RECONSIDER.toNanos();
    leadLost = "node %s lost the lead: %s".formatted(self.address(), reason);
    leadLostMillis = System.currentTimeMillis();
  }

  private void renewLease() {
    if (isLeaving && run == null) {
      return;
    }
    try {
      lead.require();
      lease.renew(entry -> membership.wasRemoved(entry.uid()));
    } catch (LeadLostException lost) {
      return; // another node may hold the folder by now
    } catch (UncheckedIOException disk) {
      return; // a run finds out by itself; queries say why
    }
    if (run != null && !lease.isHeld()) {
      lead.lose(
          "another cluster, led by node %s, has taken the folder %s"
              .formatted(lease.holder().orElse("unknown"), self.settings().folder()));
    }
  }

  /** Starts the first session that is to run, unless this node must wait or wants to leave. */
  private void startNext() {
    if (run != null
        || self.isRunning()
        || System.nanoTime() - reconsiderNanos < 0
        || membership.view().draining().contains(self.address())
        || membership.view().at(self.address()).isEmpty()
        || !membership.view().isMajority()) {
      return;
    }
    if (lead.isLost()) {
      lead = new Lead(System::nanoTime); // the cluster still counts on this node
    }
    if (!lease.isHeld()) {
      return;
    }
    if (!isGathered) {
      if (!isGathering) {
        isGathering = true;
        copies.gather();
      }
      return;
    }
    Optional<SessionRecord> next;
    try {
      next = queries.next();
    } catch (UncheckedIOException disk) {
      return; // asked again with the next tick; queries say why
    }
    next.ifPresent(this::startIfReadable);
  }

  /** Another node may have accepted the session, with other folders. */
  private void startIfReadable(SessionRecord record) {
    Optional<String> refusal = queries.refusal(record);
    if (refusal.isEmpty()) {
      start(record);
      return;
    }
    reconsiderNanos = System.nanoTime() + RECONSIDER.toNanos();
    if (!refusal.get().equals(record.reached().lastFault())) {
      table.replace(record.with(record.reached().with(refusal.get())));
    }
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
              lead,
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
    runs = record.name();
    if (leadLost != null) {
      run.progress().faultAt(leadLost, leadLostMillis);
      leadLost = null;
    }
    if (!record.leader().isEmpty() && !record.leader().equals(self.address())) {
      run.progress()
          .faultAt(
              "node %s, which led the session, is lost".formatted(record.leader()),
              membership.lostAt(record.leader()));
    }
  }

  /** A user may rely on an answer, so what it says is on two disks if the session has a copy. */
  private void answerOnceCopied(String name, ActorRef<Answer> replyTo) {
    String session = queries.existing(name).name();
    uncopied.add(new Uncopied(session, copies.board().change(session), replyTo));
  }

  private void answerCopied() {
    uncopied.removeIf(
        waiting -> {
          boolean isSafe = copies.board().isSafe(waiting.session, waiting.change);
          if (isSafe) {
            try {
              waiting.replyTo.tell(queries.status(waiting.session, run));
            } catch (RuntimeException unreadable) {
              waiting.replyTo.tell(refusal(unreadable));
            }
          }
          return isSafe;
        });
  }

  /**
   * A node that wants to leave may go once no running epoch has it, and the others have what it
   * saved.
   */
  private void answerDrained() {
    draining.removeIf(
        waiting -> {
          boolean works =
              run != null
                  && run.progress().members().stream()
                      .anyMatch(member -> member.address().equals(waiting.query.node()));
          works |= waiting.query.node().equals(self.address()) && !copies.board().isSettled();
          if (!works) {
            waiting.replyTo.tell(new Answer.Given("{}"));
          }
          return !works;
        });
  }

  private void releaseLease() {
    try {
      lease.release();
    } catch (UncheckedIOException disk) {
      // The next leader waits until the lease rests.
    }
  }

  private Behavior<Command> onStop() {
    renewal.cancel();
    copies.stop();
    if (run == null && !lead.isLost()) {
      releaseLease();
    }
    lead.lose("this node does not lead any more");
    endRun(SessionControl.Ending.HAND_OVER);
    return this;
  }
}
