package jingwei.cluster.node;

import java.time.Duration;
import java.util.List;
import jingwei.cluster.copy.FolderReader;
import jingwei.cluster.copy.FolderTaker;
import jingwei.cluster.settings.ClusterSettings;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.apache.pekko.cluster.typed.SingletonActor;
import org.apache.pekko.cluster.typed.Subscribe;

/** The actors of a node that live as long as its membership. */
final class ClusterGuardian {
  private static final Duration LEAST_BACKOFF = Duration.ofMillis(500);
  private static final Duration MOST_BACKOFF = Duration.ofSeconds(10);
  private static final String LEADER = "sessions";

  sealed interface Command {}

  private record MemberLeft(String address) implements Command {}

  private ClusterGuardian() {}

  /**
   * Starts the actors, and joins the cluster after that: a message that comes for an actor before
   * it exists makes Artery drop later ones, too.
   *
   * @param seeds addresses of actor systems; the node founds a cluster if there are none
   */
  static Behavior<Command> create(ClusterSettings settings, List<Address> seeds) {
    return Behaviors.setup(
        context -> {
          NodeSelf self = new NodeSelf(settings, context.getSystem());
          Behavior<Command> started = started(context, self);
          Cluster cluster = Cluster.get(context.getSystem());
          cluster
              .manager()
              .tell(
                  seeds.isEmpty()
                      ? Join.create(cluster.selfMember().address())
                      : new JoinSeedNodes(seeds));
          return started;
        });
  }

  private static Behavior<Command> started(ActorContext<Command> context, NodeSelf self) {
    Membership membership = Membership.of(context.getSystem());
    ActorRef<NodeAgent.Command> agent = context.spawn(NodeAgent.create(self), NodeAgent.NAME);
    context.spawn(
        restarted(
            FolderReader.create(
                new FolderReader.Place(
                    self.address(),
                    self.isCoordinator() ? self.settings().folder() : null,
                    self::newestEpoch))),
        FolderReader.NAME,
        DispatcherSelector.blocking());
    context.spawn(
        restarted(
            FolderTaker.create(
                new FolderTaker.Place(self.address(), self.settings().folder(), self::isRunning))),
        FolderTaker.NAME,
        DispatcherSelector.blocking());
    Cluster.get(context.getSystem())
        .subscriptions()
        .tell(
            Subscribe.create(
                context.messageAdapter(
                    ClusterEvent.MemberRemoved.class, ClusterGuardian::memberLeft),
                ClusterEvent.MemberRemoved.class));
    ActorRef<SessionLeader.Command> leader =
        ClusterSingleton.get(context.getSystem())
            .init(
                SingletonActor.of(
                        Behaviors.supervise(SessionLeader.create(self, membership))
                            .onFailure(
                                SupervisorStrategy.restartWithBackoff(
                                    LEAST_BACKOFF, MOST_BACKOFF, 0.1)),
                        LEADER)
                    .withStopMessage(SessionLeader.HandOver.NOW));
    context.spawn(Door.create(leader), Door.NAME);
    return Behaviors.receive(Command.class)
        .onMessage(
            MemberLeft.class,
            left -> {
              agent.tell(new NodeAgent.LeaderLeft(left.address));
              return Behaviors.same();
            })
        .build();
  }

  private static <T> Behavior<T> restarted(Behavior<T> behavior) {
    return Behaviors.supervise(behavior).onFailure(SupervisorStrategy.restart());
  }

  private static MemberLeft memberLeft(ClusterEvent.MemberRemoved event) {
    return new MemberLeft(NodeSelf.addressOf(event.member().uniqueAddress()));
  }
}
