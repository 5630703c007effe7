package jingwei.cluster.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.LaunchedNodes;
import jingwei.actors.train.TrainerFault;
import jingwei.actors.train.TrainingSession;
import jingwei.actors.transport.DriverSettings;
import jingwei.actors.transport.TransportException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/** The nodes of an epoch; the node of the session is in this process. */
final class ClusterLaunch implements LaunchedNodes {
  private final Here here;
  private final Team team;
  private final List<String> guardians;
  private final SessionTeam.Outcome outcome;
  private final Runnable end;
  private final SessionProgress progress;

  /** Null until the node of the session is started. */
  private ActorSystem<TrainingSession.Command> system;

  private CompletableFuture<Void> ended;

  /**
   * What this node does.
   *
   * @param share of this node
   * @param driver of this machine
   * @param faults to inject here
   * @param changePort takes another port for tensors
   */
  record Here(Share share, DriverSettings driver, FaultPlan faults, Runnable changePort) {}

  /**
   * @param guardians addresses of the guardians of the other nodes, by number
   * @param end ends the other nodes
   */
  ClusterLaunch(
      Here here,
      Team team,
      List<String> guardians,
      SessionTeam.Outcome outcome,
      Runnable end,
      SessionProgress progress) {
    this.here = here;
    this.team = team;
    this.guardians = List.copyOf(guardians);
    this.outcome = outcome;
    this.end = end;
    this.progress = progress;
  }

  @Override
  public Members members() {
    return team.members();
  }

  @Override
  public List<String> addresses() {
    return guardians;
  }

  /** A share is handed over at the end of a step, if that does not take longer than a fault. */
  @Override
  public Duration patience() {
    return here.share.settings().deadline();
  }

  @Override
  public void placed(Placement placement) {
    progress.placed(team, placement);
  }

  @Override
  public ActorSystem<TrainingSession.Command> startSession(
      Function<NodeResources, Behavior<TrainingSession.Command>> session, Progress made) {
    NodeResources resources;
    try {
      resources = here.share.resources(here.driver, made, here.faults.copy());
    } catch (TransportException fault) {
      here.changePort.run(); // another process may have it
      throw TrainerFault.ofLaunch(fault.getMessage(), fault);
    }
    system = here.share.start(session.apply(resources), "jingwei-session");
    return system;
  }

  @Override
  public void onceEnded(Runnable action) {
    if (system != null) {
      system.getWhenTerminated().whenComplete((done, fault) -> action.run());
    }
  }

  @Override
  public void onceLost(Consumer<String> action) {
    var _ = outcome.lost().thenAccept(action);
  }

  @Override
  public void terminate() {
    if (ended == null) {
      end.run();
      CompletableFuture<?> own = CompletableFuture.completedFuture(null);
      if (system != null) {
        system.terminate();
        own = system.getWhenTerminated().toCompletableFuture();
      }
      ended = CompletableFuture.allOf(own, outcome.ended());
    }
  }

  @Override
  public CompletableFuture<Void> ended() {
    return ended;
  }
}
