package jingwei.cluster.node;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.UniqueAddress;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/** Tells {@link Membership} of every change, and asks new members to describe themselves. */
final class MemberWatch extends AbstractBehavior<MemberWatch.Command> {
  sealed interface Command {}

  /**
   * Something happened in the cluster.
   *
   * @param isOfMembers whether members or their reachability changed
   */
  private record Changed(boolean isOfMembers) implements Command {
    private static Changed of(ClusterEvent.ClusterDomainEvent event) {
      return new Changed(
          event instanceof ClusterEvent.MemberEvent
              || event instanceof ClusterEvent.ReachabilityEvent);
    }
  }

  private record Described(NodeDescription info) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration ASK_AGAIN = Duration.ofMillis(500);

  private final Membership membership;
  private final Cluster cluster;
  private final ActorRef<NodeDescription> answers;

  private MemberWatch(ActorContext<Command> context, Membership membership) {
    super(context);
    this.membership = membership;
    cluster = Cluster.get(context.getSystem());
    answers = context.messageAdapter(NodeDescription.class, Described::new);
    cluster
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(ClusterEvent.ClusterDomainEvent.class, Changed::of),
                ClusterEvent.ClusterDomainEvent.class));
  }

  static Behavior<Command> create(Membership membership) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, ASK_AGAIN);
          return Behaviors.setup(context -> new MemberWatch(context, membership));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Changed(boolean isOfMembers) -> {
        if (!isOfMembers) {
          return this; // metrics of gossip and the like
        }
        askNew();
      }
      case Described(NodeDescription info) -> membership.described(info);
      case Tick.NOW -> askNew();
    }
    membership.update(cluster);
    return this;
  }

  private void askNew() {
    for (Member member : cluster.state().getMembers()) {
      UniqueAddress address = member.uniqueAddress();
      if (!membership.knows(address.longUid())) {
        agent(address).tell(new NodeAgent.Describe(answers));
      }
    }
  }

  private ActorRef<NodeAgent.Command> agent(UniqueAddress of) {
    return ActorRefResolver.get(getContext().getSystem())
        .resolveActorRef(of.address() + "/user/" + NodeAgent.NAME);
  }
}
