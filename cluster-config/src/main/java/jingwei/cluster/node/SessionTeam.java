package jingwei.cluster.node;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import jingwei.actors.train.TrainerFault;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The other nodes of an epoch: launches their parts, notices that one is lost, and ends them. A
 * message that may be lost is sent again every second.
 */
final class SessionTeam extends AbstractBehavior<SessionTeam.Command> {
  sealed interface Command {}

  /** All parts are to end. */
  enum End implements Command {
    NOW
  }

  private record Replied(NodeAgent.Reply reply) implements Command {}

  private record Seen(View view) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  /**
   * What becomes of the nodes.
   *
   * @param launched addresses of the guardians of all other nodes, by number; or the fault
   * @param lost why a node is lost
   * @param ended when all other nodes that can be reached have ended
   */
  record Outcome(
      CompletableFuture<List<String>> launched,
      CompletableFuture<String> lost,
      CompletableFuture<Void> ended) {
    Outcome() {
      this(new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final int LAUNCH_TICKS = 30;
  private static final int END_TICKS = 15;

  private final Membership membership;
  private final Outcome outcome;
  private final long epoch;
  private final String leader;
  private final Map<String, Share> shares = new HashMap<>();
  private final List<NodeDescription> others;
  private final Map<String, String> guardians = new HashMap<>();
  private final Set<String> gone = new HashSet<>();
  private final ActorRef<NodeAgent.Reply> replies;
  private final Consumer<View> listener;
  private int ticks;
  private boolean isEnding;

  private SessionTeam(
      ActorContext<Command> context,
      Membership membership,
      Team team,
      List<Share> shares,
      Outcome outcome) {
    super(context);
    this.membership = membership;
    this.outcome = outcome;
    this.epoch = shares.get(team.leader()).epoch();
    this.leader = team.nodes().get(team.leader()).address();
    this.others = team.nodes().subList(0, team.leader());
    shares
        .subList(0, team.leader())
        .forEach(share -> this.shares.put(team.nodes().get(share.number()).address(), share));
    replies = context.messageAdapter(NodeAgent.Reply.class, Replied::new);
    ActorRef<Command> self = context.getSelf();
    listener = view -> self.tell(new Seen(view));
    membership.onChange(listener);
    onView(membership.view());
    launch();
    context.getSelf().tell(Tick.NOW); // a team of one node is launched at once
  }

  /**
   * Launches the parts of all nodes but the leader's.
   *
   * @param shares of all nodes, by number
   */
  static Behavior<Command> create(
      Membership membership, Team team, List<Share> shares, Outcome outcome) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, AGAIN);
          return Behaviors.setup(
              context -> new SessionTeam(context, membership, team, shares, outcome));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Replied(NodeAgent.Reply reply) -> {
        if (reply.epoch() == epoch) {
          onReply(reply);
        }
      }
      case Seen(View view) -> onView(view);
      case End.NOW -> {
        isEnding = true;
        ticks = 0;
        end();
      }
      case Tick.NOW -> onTick();
    }
    return settle();
  }

  private void onReply(NodeAgent.Reply reply) {
    switch (reply) {
      case NodeAgent.Launched launched -> guardians.put(launched.node(), launched.guardian());
      case NodeAgent.NotLaunched failed -> {
        gone.add(failed.node());
        membership.described(failed.self());
        lost("node %s could not start its part (%s)".formatted(failed.node(), failed.reason()));
      }
      case NodeAgent.Ended ended -> {
        gone.add(ended.node());
        lost("node %s ended its part".formatted(ended.node()));
      }
    }
  }

  private void onView(View view) {
    for (NodeDescription node : others) {
      if (!gone.contains(node.address()) && !view.reachesAll(List.of(node))) {
        gone.add(node.address());
        lost("node %s does not answer".formatted(node.address()));
      }
    }
  }

  private void lost(String reason) {
    if (!isEnding) {
      outcome.launched.completeExceptionally(TrainerFault.ofLaunch(reason, null));
      outcome.lost.complete(reason);
    }
  }

  private void onTick() {
    ticks++;
    if (isEnding) {
      if (ticks > END_TICKS) {
        others.forEach(node -> gone.add(node.address())); // they end with their next part
      }
      end();
    } else if (!outcome.launched.isDone()) {
      if (ticks > LAUNCH_TICKS) {
        lost(
            "%s waited %d s for node %s to start its part"
                .formatted(leader, LAUNCH_TICKS, waiting().getFirst()));
      }
      launch();
    }
  }

  private void launch() {
    waiting()
        .forEach(
            address ->
                agent(address).tell(new NodeAgent.Launch(shares.get(address), leader, replies)));
  }

  private List<String> waiting() {
    return others.stream()
        .map(NodeDescription::address)
        .filter(address -> !guardians.containsKey(address) && !gone.contains(address))
        .toList();
  }

  /** A node that was taken for lost may still play its part; it is told, but not waited for. */
  private void end() {
    others.stream()
        .map(NodeDescription::address)
        .forEach(address -> agent(address).tell(new NodeAgent.End(epoch, replies)));
  }

  private Behavior<Command> settle() {
    if (guardians.size() == others.size()) {
      List<String> addresses = new ArrayList<>();
      others.forEach(node -> addresses.add(guardians.get(node.address())));
      outcome.launched.complete(addresses);
    }
    if (isEnding && gone.size() == others.size()) {
      outcome.ended.complete(null);
      return Behaviors.stopped();
    }
    return this;
  }

  private ActorRef<NodeAgent.Command> agent(String address) {
    return ActorRefResolver.get(getContext().getSystem())
        .resolveActorRef(
            "%s://%s@%s/user/%s"
                .formatted("pekko", getContext().getSystem().name(), address, NodeAgent.NAME));
  }

  private Behavior<Command> onStop() {
    membership.removeListener(listener);
    outcome.ended.complete(null); // the node's own system ends
    return this;
  }
}
