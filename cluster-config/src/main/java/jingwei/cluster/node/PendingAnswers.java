package jingwei.cluster.node;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;

/** Clients and nodes that wait for an answer of the leader. For the actor that leads. */
final class PendingAnswers {
  /** A node that wants to leave. */
  private record Drained(Query.Drain query, ActorRef<Answer> replyTo) {}

  /** A change of a session that must also be in its second copy. */
  private record Uncopied(String session, long change, ActorRef<Answer> replyTo) {}

  private final String address;
  private final CopyBoard copies;
  private final List<Drained> draining = new ArrayList<>();
  private final List<Uncopied> uncopied = new ArrayList<>();

  /**
   * @param address of this node
   * @param copies where sessions have copies
   */
  PendingAnswers(String address, CopyBoard copies) {
    this.address = address;
    this.copies = copies;
  }

  /** A user may rely on an answer, so what it says is on two disks if the session has a copy. */
  void onceCopied(String session, ActorRef<Answer> replyTo) {
    uncopied.add(new Uncopied(session, copies.change(session), replyTo));
  }

  /**
   * A node that wants to leave may go once no running epoch has it, and the others have what it
   * saved.
   */
  void onceDrained(Query.Drain query, ActorRef<Answer> replyTo) {
    draining.add(new Drained(query, replyTo));
  }

  /**
   * Answers those whose time has come.
   *
   * @param run the one that is led; null if there is none
   * @param status of a session
   */
  void answer(SessionRun run, Function<String, Answer> status) {
    uncopied.removeIf(
        waiting -> {
          boolean isSafe = copies.isSafe(waiting.session, waiting.change);
          if (isSafe) {
            waiting.replyTo.tell(status.apply(waiting.session));
          }
          return isSafe;
        });
    draining.removeIf(
        waiting -> {
          boolean isFree = !works(waiting.query.node(), run);
          if (isFree) {
            waiting.replyTo.tell(new Answer.Given("{}"));
          }
          return isFree;
        });
  }

  private boolean works(String node, SessionRun run) {
    boolean plays =
        run != null
            && run.progress().members().stream().anyMatch(member -> member.address().equals(node));
    return plays || (node.equals(address) && !copies.isSettled());
  }
}
