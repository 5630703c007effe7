package jingwei.cluster.session;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import jingwei.actors.node.NodeResources;
import jingwei.actors.placement.Members;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.LaunchedNodes;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.TrainingSession;
import jingwei.cluster.settings.TrainingSessionSettings;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;

/**
 * A place whose nodes change, get lost or lose the lead when a test says so. The nodes run in this
 * process.
 */
final class OwnPlace implements RunPlace, NodeLauncher {
  private final List<NodeSettings> launches;
  private int launched;
  private boolean isOutdated;
  private boolean comesAndGoes;
  private boolean isCluster;
  private String leadLost;
  private Consumer<String> lost;

  /**
   * @param launches how many nodes each launch starts; the last one counts for all later ones
   */
  OwnPlace(NodeSettings... launches) {
    this.launches = List.of(launches);
  }

  /** The place of a node that leads a session of a cluster. */
  static OwnPlace ofCluster(NodeSettings... launches) {
    OwnPlace place = new OwnPlace(launches);
    place.isCluster = true;
    return place;
  }

  /** Number of launches so far. */
  int launched() {
    return launched;
  }

  /** Other nodes are to take over at the next step boundary. */
  void outdate() {
    isOutdated = true;
  }

  /** Another node wants to take over, and is gone when it is asked for again. */
  void comeAndGo() {
    comesAndGoes = true;
  }

  /** A node is lost. */
  void loseNode() {
    lost.accept("node 7 does not answer");
  }

  /** Another node may lead from now on. */
  void loseLead() {
    leadLost = "another node leads";
  }

  @Override
  public NodeLauncher nodes(TrainingSessionSettings settings) {
    return this;
  }

  @Override
  public boolean isCluster() {
    return isCluster;
  }

  @Override
  public String howToGoOn(Path folder) {
    return "go on in " + folder;
  }

  @Override
  public void requireLead() {
    if (leadLost != null) {
      throw new LeadLostException(leadLost);
    }
  }

  @Override
  public boolean isOutdated() {
    if (comesAndGoes) {
      comesAndGoes = false;
      return true;
    }
    return isOutdated;
  }

  @Override
  public LaunchedNodes launch(
      StepRules rules, ActorSettings settings, NodeResources.Hardware hardware, FaultPlan faults) {
    NodeSettings nodes = launches.get(Math.min(launched, launches.size() - 1));
    launched++;
    isOutdated = false;
    return new Launch(NodeLauncher.inThisProcess(nodes).launch(rules, settings, hardware, faults));
  }

  /** The nodes of this process, one of which may get lost. */
  private final class Launch implements LaunchedNodes {
    private final LaunchedNodes nodes;

    private Launch(LaunchedNodes nodes) {
      this.nodes = nodes;
    }

    @Override
    public Members members() {
      return nodes.members();
    }

    @Override
    public List<String> addresses() {
      return nodes.addresses();
    }

    @Override
    public ActorSystem<TrainingSession.Command> startSession(
        Function<NodeResources, Behavior<TrainingSession.Command>> session, Progress progress) {
      return nodes.startSession(session, progress);
    }

    @Override
    public void onceEnded(Runnable action) {
      nodes.onceEnded(action);
    }

    @Override
    public void onceLost(Consumer<String> action) {
      lost = action;
    }

    @Override
    public void terminate() {
      nodes.terminate();
    }

    @Override
    public CompletableFuture<Void> ended() {
      return nodes.ended();
    }
  }
}
