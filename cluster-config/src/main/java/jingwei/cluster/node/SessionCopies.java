package jingwei.cluster.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import jingwei.cluster.copy.FolderMark;
import jingwei.cluster.copy.FolderReader;
import jingwei.cluster.copy.FolderTaker;
import jingwei.model.UserException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * The copies of the sessions on other nodes, as the leader needs them: it copies what is newer
 * elsewhere before it leads, and has every change copied while it leads. Any thread may tell.
 */
final class SessionCopies {
  private final Leader leader;
  private final ActorContext<SessionLeader.Command> context;
  private final ActorRef<CopyKeeper.Command> keeper;
  private final Map<String, Boolean> isCopied = new ConcurrentHashMap<>();

  SessionCopies(
      ActorContext<SessionLeader.Command> context,
      NodeSelf self,
      Membership membership,
      SessionTable table) {
    this.context = context;
    leader = new Leader(context.getSystem(), self, membership, table, context.getSelf());
    keeper = context.spawn(CopyKeeper.create(leader), "copies", DispatcherSelector.blocking());
  }

  CopyBoard board() {
    return leader.board;
  }

  /** Looks for newer copies; {@link SessionLeader.Gathered} is told to the leader at the end. */
  void gather() {
    context.spawnAnonymous(CopyGather.create(leader), DispatcherSelector.blocking());
  }

  /** What keeps this node from leading yet; changes with the progress. */
  String gathering() {
    return leader.gathering;
  }

  /**
   * Has all sessions copied that are not over.
   *
   * @param but those of which another node has a newer copy
   */
  void keepAll(Set<String> but) {
    try {
      leader.table.all().stream()
          .filter(record -> !record.state().isOver() && !but.contains(record.name()))
          .forEach(record -> changed(record.name()));
    } catch (UncheckedIOException disk) {
      context.getLog().warn("the folder of the sessions cannot be read", disk);
    }
  }

  /** Something of a session has changed on disk. */
  void changed(String name) {
    if (isCopied.computeIfAbsent(name, this::isCopied)) {
      leader.board.changed(name);
      keeper.tell(new CopyKeeper.Changed(name));
    }
  }

  /** This node does not lead any more. */
  void stop() {
    leader.taker(leader.address()).tell(new FolderTaker.Follow());
  }

  private boolean isCopied(String name) {
    try {
      return leader.table.find(name).filter(Submission::isCopied).isPresent();
    } catch (UserException | UncheckedIOException unusable) {
      return false;
    }
  }

  /** What the actors of the copies know of the node that leads. */
  static final class Leader {
    private final ActorSystem<?> system;
    private final NodeSelf self;
    private final Membership membership;
    private final SessionTable table;
    private final ActorRef<SessionLeader.Command> sessions;
    private final CopyBoard board = new CopyBoard();
    private String mark;
    private volatile String gathering;

    private Leader(
        ActorSystem<?> system,
        NodeSelf self,
        Membership membership,
        SessionTable table,
        ActorRef<SessionLeader.Command> sessions) {
      this.system = system;
      this.self = self;
      this.membership = membership;
      this.table = table;
      this.sessions = sessions;
      gathering = "node %s begins to lead".formatted(self.address());
    }

    String address() {
      return self.address();
    }

    Path folder() {
      return self.settings().folder();
    }

    View view() {
      return membership.view();
    }

    CopyBoard board() {
      return board;
    }

    /** The epoch of a session's record. */
    long epoch(String session) {
      return table.find(session).map(SessionRecord::epoch).orElse(0L);
    }

    void gathering(String sentence) {
      gathering = sentence;
    }

    /** The mark of this node's folder; empty if it cannot be written. */
    synchronized String mark() {
      if (mark == null) {
        try {
          mark = FolderMark.write(folder());
        } catch (IOException unusable) {
          return "";
        }
      }
      return mark;
    }

    /** Addresses of the members that are up and can be reached, oldest first. */
    List<String> byAge() {
      Cluster cluster = Cluster.get(system);
      List<Member> members = new ArrayList<>();
      for (Member member : cluster.state().getMembers()) {
        boolean isUp =
            member.status().equals(MemberStatus.up())
                || member.status().equals(MemberStatus.leaving());
        if (isUp && !cluster.state().getUnreachable().contains(member)) {
          members.add(member);
        }
      }
      members.sort((one, other) -> one.equals(other) ? 0 : one.isOlderThan(other) ? -1 : 1);
      return members.stream().map(member -> NodeSelf.addressOf(member.uniqueAddress())).toList();
    }

    ActorRef<FolderReader.Command> reader(String node) {
      return resolve(node, FolderReader.NAME);
    }

    ActorRef<FolderTaker.Command> taker(String node) {
      return resolve(node, FolderTaker.NAME);
    }

    void copiesChanged() {
      sessions.tell(SessionLeader.CopiesChanged.NOW);
    }

    void newerElsewhere(String sentence) {
      sessions.tell(new SessionLeader.NewerElsewhere(sentence));
    }

    void gathered(long newestEpoch, Map<String, String> failed) {
      failed.forEach(
          (session, reason) ->
              board.publish(
                  session,
                  board
                      .state(session)
                      .withFault("a newer copy on another node cannot be taken: " + reason)));
      sessions.tell(new SessionLeader.Gathered(newestEpoch, Set.copyOf(failed.keySet())));
    }

    private <T> ActorRef<T> resolve(String node, String name) {
      return ActorRefResolver.get(system)
          .resolveActorRef("pekko://%s@%s/user/%s".formatted(system.name(), node, name));
    }
  }
}
