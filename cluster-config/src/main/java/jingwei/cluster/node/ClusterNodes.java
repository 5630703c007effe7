package jingwei.cluster.node;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.LaunchedNodes;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.TrainerFault;
import jingwei.cluster.settings.TrainingSessionSettings;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;

/**
 * Launches the nodes of a session in the processes of a cluster. Each launch is a new epoch. It
 * waits until there are nodes with the roles that a session needs.
 */
final class ClusterNodes implements NodeLauncher {
  /** Longest wait for the other nodes to start their parts; they report faults earlier. */
  private static final Duration LAUNCH = Duration.ofSeconds(45);

  private static final long ROUND_MILLIS = 100;
  private static final long LEAST_PAUSE_MILLIS = 250;
  private static final long MOST_PAUSE_MILLIS = 5_000;

  private final ActorSystem<?> system;
  private final NodeSelf self;
  private final Membership membership;
  private final TrainingSessionSettings session;
  private final Hooks hooks;
  private int mostDevices = 1;
  private Team current;

  /** The view that was looked at last; null for none. */
  private View looked;

  private boolean isOutdated;

  /**
   * What the session contributes to a launch.
   *
   * @param name of the session
   * @param nextEpoch makes a new epoch durable and returns its number
   * @param progress is told what happens
   * @param control says whether the session is to go on
   */
  record Hooks(
      String name, LongSupplier nextEpoch, SessionProgress progress, SessionControl control) {}

  ClusterNodes(
      ActorSystem<?> system,
      NodeSelf self,
      Membership membership,
      TrainingSessionSettings session,
      Hooks hooks) {
    this.system = system;
    this.self = self;
    this.membership = membership;
    this.session = session;
    this.hooks = hooks;
  }

  @Override
  public LaunchedNodes launch(
      StepRules rules, ActorSettings settings, NodeResources.Hardware hardware, FaultPlan faults) {
    mostDevices = rules.bound() > 0 ? 1 : rules.replicas();
    pauseAfterVainLaunches();
    Team team = awaitTeam();
    hooks.control.requireLead();
    long epoch = hooks.nextEpoch.getAsLong();
    List<Share> shares =
        IntStream.range(0, team.nodes().size())
            .mapToObj(number -> share(team, number, epoch, settings, hardware))
            .toList();
    hooks.progress.launching(epoch, team);
    SessionTeam.Outcome outcome = new SessionTeam.Outcome();
    ActorRef<SessionTeam.Command> actor =
        system.systemActorOf(
            SessionTeam.create(membership, team, shares, outcome),
            "jingwei-team-%s-%d".formatted(hooks.name, epoch),
            Props.empty());
    try {
      List<String> guardians = outcome.launched().get(LAUNCH.toMillis(), TimeUnit.MILLISECONDS);
      current = team;
      looked = null;
      return new ClusterLaunch(
          new ClusterLaunch.Here(
              shares.get(team.leader()),
              self.driver(),
              faults,
              () -> {
                self.changeEndpoint();
                membership.described(self.info());
              }),
          team,
          guardians,
          outcome,
          () -> actor.tell(SessionTeam.End.NOW),
          hooks.progress);
    } catch (ExecutionException fault) {
      actor.tell(SessionTeam.End.NOW);
      throw TrainerFault.ofLaunch(fault.getCause().getMessage(), fault.getCause());
    } catch (TimeoutException late) {
      actor.tell(SessionTeam.End.NOW);
      throw TrainerFault.ofLaunch(
          "%s waited %d s for the other nodes to start their parts"
              .formatted(self.address(), LAUNCH.toSeconds()),
          late);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw TrainerFault.ofLaunch("the session was interrupted", e);
    }
  }

  /** Is asked often, so each view is looked at once. */
  @Override
  public boolean isOutdated() {
    View view = membership.view();
    if (!view.equals(looked)) {
      looked = view;
      isOutdated = isOutdated(view);
    }
    return isOutdated;
  }

  /** A lost node is a fault, and no reason to end a step in order. */
  private boolean isOutdated(View view) {
    if (current == null || !view.reachesAll(current.nodes())) {
      return false;
    }
    Optional<Team> next = Team.of(view, self.address(), mostDevices);
    // Without a device or a host, the session saves before the last one leaves.
    return next.isEmpty() || !next.get().hasSameNodes(current);
  }

  private Share share(
      Team team, int number, long epoch, ActorSettings settings, NodeResources.Hardware hardware) {
    return new Share(
        hooks.name,
        epoch,
        number,
        team.nodes().stream().map(NodeDescription::endpoint).toList(),
        session.dealsCores() ? settings.withWorkers(team.coresOf(number)) : settings,
        hardware.deviceBytes(),
        hardware.hostBytes());
  }

  /** A machine whose nodes cannot start is not asked all the time. */
  private void pauseAfterVainLaunches() {
    int vain = hooks.progress.vainLaunches();
    if (vain > 0) {
      long millis = Math.min(MOST_PAUSE_MILLIS, LEAST_PAUSE_MILLIS << Math.min(vain - 1, 9));
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
      while (System.nanoTime() - end < 0) {
        hooks.control.requireGoingOn();
        hooks.control.park(ROUND_MILLIS);
      }
    }
  }

  private Team awaitTeam() {
    while (true) {
      hooks.control.requireGoingOn();
      View view = membership.view();
      Optional<Team> team =
          view.at(self.address())
              .filter(here -> view.isMajority())
              .flatMap(here -> Team.of(view, self.address(), mostDevices));
      if (team.isPresent()) {
        hooks.progress.waitsFor(null);
        return team.get();
      }
      hooks.progress.waitsFor(Team.missing(view));
      hooks.control.park(ROUND_MILLIS);
    }
  }
}
