package jingwei.actors.train;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.progress.Progress;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/**
 * The nodes of a session, which run. Each has an actor system of its own, which lives as long as
 * the session.
 */
public interface LaunchedNodes {
  /** Of a user who has asked to stop. */
  Duration PATIENCE = Duration.ofSeconds(3);

  /** The nodes that have a role; the session's own node need not have one. */
  Members members();

  /** Addresses of the guardians of all nodes but that of the session, in the order of the nodes. */
  List<String> addresses();

  /**
   * How long a step may go on after a signal to stop, before it is given up. A step that an owner
   * may apply is never given up.
   */
  default Duration patience() {
    return PATIENCE;
  }

  /** Is told what each node does, before the node of the session starts. */
  default void placed(Placement placement) {}

  /** Starts the node of the session. */
  ActorSystem<TrainingSession.Command> startSession(
      Function<NodeResources, Behavior<TrainingSession.Command>> session, Progress progress);

  /** Runs an action once, when the first actor system of this process has ended. */
  void onceEnded(Runnable action);

  /**
   * Runs an action once, when the first node in another process is lost.
   *
   * @param action takes the reason, as in "node 127.0.0.1:7102 does not answer"
   */
  void onceLost(Consumer<String> action);

  /** Ends all nodes. */
  void terminate();

  /** Completes when all nodes that can still be reached have ended, after they were told to. */
  CompletableFuture<Void> ended();
}
