package jingwei.cluster.node;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jingwei.cluster.copy.FolderTaker;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/** Asks another node to copy each session that has changed, and again until it has. */
final class CopyKeeper extends AbstractBehavior<CopyKeeper.Command> {
  sealed interface Command {}

  /** A session has changed, as the {@link CopyBoard} knows. */
  record Changed(String session) implements Command {}

  private record Told(FolderTaker.Reply reply) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration TICK = Duration.ofMillis(500);
  private static final long AGAIN_TICKS = 4;

  /** Ticks without a word after which the holder counts as lost; its disk may take long. */
  private static final long MOST_TICKS = 60;

  private static final long RETRY_TICKS = 10;
  private static final long FAILING_TICKS = 60;

  /** A copy that is asked for, or was last. */
  private static final class Asked {
    /** Address of the node that is asked; null for none. */
    private String node;

    private long change;
    private long heardTick;
    private long notBeforeTick;
  }

  private final SessionCopies.Leader leader;
  private final ActorRef<FolderTaker.Reply> replies;
  private final Map<String, Asked> sessions = new HashMap<>();
  private final Set<String> sameFolder = new HashSet<>();
  private final Map<String, Long> failingUntil = new HashMap<>();
  private long ticks;

  private CopyKeeper(ActorContext<Command> context, SessionCopies.Leader leader) {
    super(context);
    this.leader = leader;
    replies = context.messageAdapter(FolderTaker.Reply.class, Told::new);
  }

  /** Is to run where it may wait for a disk. */
  static Behavior<Command> create(SessionCopies.Leader leader) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, TICK);
          return Behaviors.setup(context -> new CopyKeeper(context, leader));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Changed(String session) ->
          goOn(session, sessions.computeIfAbsent(session, name -> new Asked()));
      case Told(FolderTaker.Reply reply) -> {
        Asked asked = sessions.get(reply.session());
        if (asked != null && reply.node().equals(asked.node)) {
          onReply(reply, asked);
        }
      }
      case Tick.NOW -> {
        ticks++;
        failingUntil.values().removeIf(until -> until < ticks);
        Set<String> present = new HashSet<>();
        leader.view().nodes().forEach(node -> present.add(node.address()));
        sameFolder.retainAll(present); // one that is started again may have another
        sessions.forEach(this::onTick);
      }
    }
    return this;
  }

  private void onTick(String session, Asked asked) {
    if (asked.node == null) {
      goOn(session, asked);
    } else if (leader.view().at(asked.node).isEmpty()) {
      failed(session, asked, "node %s, which copies it, does not answer".formatted(asked.node));
    } else if (ticks - asked.heardTick > MOST_TICKS) {
      failed(
          session,
          asked,
          "node %s waited %d s for node %s to copy it"
              .formatted(leader.address(), TICK.multipliedBy(MOST_TICKS).toSeconds(), asked.node));
    } else if ((ticks - asked.heardTick) % AGAIN_TICKS == AGAIN_TICKS - 1) {
      ask(session, asked);
    }
  }

  private void onReply(FolderTaker.Reply reply, Asked asked) {
    switch (reply) {
      case FolderTaker.Working working -> asked.heardTick = ticks;
      case FolderTaker.Taken taken -> {
        asked.node = null;
        leader
            .board()
            .publish(
                taken.session(),
                new CopyBoard.State(
                    asked.change, taken.node(), taken.epoch(), taken.step(), "", true));
        leader.copiesChanged();
        goOn(taken.session(), asked);
      }
      case FolderTaker.NotTaken not -> {
        String node = asked.node;
        switch (not.reason()) {
          case SAME_FOLDER -> {
            sameFolder.add(node);
            asked.node = null;
            goOn(not.session(), asked);
          }
          case BUSY -> {
            asked.node = null;
            asked.notBeforeTick = ticks + AGAIN_TICKS / 2;
          }
          case NEWER_HERE -> {
            failed(not.session(), asked, not.sentence());
            leader.newerElsewhere(not.sentence());
          }
          case FAILED -> failed(not.session(), asked, not.sentence());
        }
      }
    }
  }

  private void failed(String session, Asked asked, String sentence) {
    getContext().getLog().warn("session {}: {}", session, sentence);
    failingUntil.put(asked.node, ticks + FAILING_TICKS);
    asked.node = null;
    asked.notBeforeTick = ticks + RETRY_TICKS;
    leader.board().publish(session, leader.board().state(session).withFault(sentence));
    leader.copiesChanged();
  }

  /** Asks the right node for a copy unless it has one of the newest change. */
  private void goOn(String session, Asked asked) {
    if (asked.node != null || ticks < asked.notBeforeTick) {
      return;
    }
    CopyBoard board = leader.board();
    CopyBoard.State state = board.state(session);
    Optional<NodeDescription> holder =
        CopyHolder.of(
            leader.view(), leader.address(), leader.byAge(), sameFolder, failingUntil.keySet());
    if (holder.isEmpty()) {
      String why = CopyHolder.missing(leader.view(), leader.address(), sameFolder);
      if (state.isPossible() || !state.fault().equals(why)) {
        board.publish(session, state.lost(why));
        leader.copiesChanged();
      }
      return;
    }
    long change = board.change(session);
    if (state.change() >= change && holder.get().address().equals(state.node())) {
      return;
    }
    if (!state.isPossible()) {
      board.publish(session, state.withFault(""));
    }
    asked.node = holder.get().address();
    asked.change = change;
    asked.heardTick = ticks;
    ask(session, asked);
  }

  private void ask(String session, Asked asked) {
    try {
      long epoch = leader.epoch(session);
      leader
          .taker(asked.node)
          .tell(
              new FolderTaker.Take(
                  session, epoch, leader.address(), leader.mark(), leader.address(), replies));
    } catch (UncheckedIOException disk) {
      failed(session, asked, disk.getMessage());
    }
  }
}
