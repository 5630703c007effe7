package jingwei.cluster.node;

import jingwei.cluster.settings.NodeRole;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Takes the queries of clients on every node, and passes them to the leader of the sessions. A node
 * that has not joined yet answers nothing, and the client asks again.
 */
public final class Door {
  /** Name of the actor below the guardian. */
  static final String NAME = "door";

  /** A query, and who is to be answered. */
  public record Ask(Query query, ActorRef<Answer> replyTo) implements ClusterMessage {}

  private Door() {}

  static Behavior<Ask> create(ActorRef<SessionLeader.Command> leader) {
    return Behaviors.setup(
        context -> {
          Cluster cluster = Cluster.get(context.getSystem());
          return Behaviors.receiveMessage(
              ask -> {
                if (hasCoordinator(cluster)) {
                  leader.tell(new SessionLeader.Asked(ask.query, ask.replyTo));
                } else if (cluster.selfMember().status().equals(MemberStatus.up())) {
                  ask.replyTo.tell(
                      new Answer.Refused(
                          "The cluster has no node with the role coordinator; start one."));
                }
                return Behaviors.same();
              });
        });
  }

  private static boolean hasCoordinator(Cluster cluster) {
    for (Member member : cluster.state().getMembers()) {
      if (member.hasRole(NodeRole.COORDINATOR.text())
          && !member.status().equals(MemberStatus.down())
          && !member.status().equals(MemberStatus.removed())) {
        return true;
      }
    }
    return false;
  }
}
