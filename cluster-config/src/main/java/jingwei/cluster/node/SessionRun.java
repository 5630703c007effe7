package jingwei.cluster.node;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.TrainerFault;
import jingwei.cluster.chaos.EpochLog;
import jingwei.cluster.session.FaultException;
import jingwei.cluster.session.LeadLostException;
import jingwei.cluster.session.Restarts;
import jingwei.cluster.session.RunPlace;
import jingwei.cluster.session.RunRequest;
import jingwei.cluster.session.RunStart;
import jingwei.cluster.session.TrainingRun;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunConfiguration;
import jingwei.cluster.settings.TrainingSessionSettings;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;
import jingwei.model.memory.OutOfBudgetException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a session in a thread of its own, on the node that leads it. */
final class SessionRun {
  private static final Logger LOGGER = LoggerFactory.getLogger(SessionRun.class);
  private static final int MOST_STARTS = 3;
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** How the run of a session ended on this node. */
  sealed interface Outcome {
    /** The session has a new state. */
    record Over(SessionState state) implements Outcome {}

    /** Another node is to lead the session from now on. */
    record HandedOver() implements Outcome {}

    /**
     * This node has lost the lead; the session goes on, led by another node or by this one later.
     */
    record LeadLost(String reason) implements Outcome {}
  }

  private final SessionTable table;
  private final SessionControl control;
  private final SessionRows rows;
  private final SessionProgress progress;
  private final String leader;
  private final Configuration configuration;
  private SessionRecord record;
  private long lookedNanos = System.nanoTime();

  private SessionRun(SessionTable table, SessionRecord record, String leader, Lead lead) {
    this.table = table;
    this.record = record;
    this.leader = leader;
    control = new SessionControl(lead);
    rows = new SessionRows(control::requireGoingOn, System::nanoTime);
    configuration = Configuration.ofText(record.configuration(), "session " + record.name());
    progress =
        new SessionProgress(
            leader,
            RunConfiguration.of(configuration).settings().session().seed(),
            record.reached(),
            rows,
            () -> table.changed(record.name()));
    progress.follows(record.epoch());
  }

  /**
   * Starts the thread.
   *
   * @param ended is called in that thread, at its end
   */
  static SessionRun start(
      SessionTable table,
      SessionRecord record,
      String leader,
      Lead lead,
      Function<LauncherNeeds, NodeLauncher> launcher,
      Consumer<Outcome> ended) {
    SessionRun run = new SessionRun(table, record, leader, lead);
    Thread.ofPlatform()
        .name("session-" + record.name())
        .start(
            () -> {
              Outcome outcome = new Outcome.Over(SessionState.FAILED);
              try {
                outcome = run.outcome(launcher);
              } finally {
                ended.accept(outcome);
              }
            });
    return run;
  }

  /** What a launcher of nodes needs. */
  record LauncherNeeds(TrainingSessionSettings settings, ClusterNodes.Hooks hooks) {}

  SessionControl control() {
    return control;
  }

  /**
   * A user wants the session to end, or to go on after it has ended. The wish is durable when this
   * method returns, and outlives this node.
   *
   * @param how it ends; null to go on
   */
  synchronized void want(SessionState state, SessionControl.Ending how) {
    control.requireLead();
    if (record.wanted() != state) { // the same request may come again
      record = record().wanting(state);
      table.replace(record);
    }
    if (how != null) {
      control.end(how);
    }
  }

  SessionProgress progress() {
    return progress;
  }

  SessionRows rows() {
    return rows;
  }

  /** The record as it would be written now. */
  synchronized SessionRecord record() {
    return record.with(progress.reached());
  }

  private Outcome outcome(Function<LauncherNeeds, NodeLauncher> launcher) {
    try {
      return run(launcher);
    } catch (LeadLostException lost) {
      return new Outcome.LeadLost(lost.getMessage());
    } catch (SessionControl.EndedWhileWaiting waiting) {
      return ended();
    } catch (UserException | OutOfBudgetException | FaultException | TrainerFault e) {
      return failed(e.getMessage());
    } catch (UncheckedIOException disk) {
      return failed("Reading or writing failed (%s)".formatted(IoReason.withFile(disk.getCause())));
    } catch (RuntimeException | Error bug) {
      LOGGER.error("session {} failed", record.name(), bug);
      return failed("This is a bug: %s".formatted(bug));
    }
  }

  private Outcome failed(String reason) {
    LOGGER.warn("session {}: {}", record.name(), reason);
    progress.faultAt(reason, System.currentTimeMillis());
    return new Outcome.Over(SessionState.FAILED);
  }

  private Outcome run(Function<LauncherNeeds, NodeLauncher> launcher) {
    Restarts restarts = new Restarts(MOST_STARTS);
    while (true) {
      try {
        return runOnce(launcher);
      } catch (TrainerFault fault) { // a node was lost before the first step
        progress.fault(progress.reached().step(), fault.getMessage());
        boolean mayRestart =
            fault.isOfNodes() || restarts.mayRestartAfter(progress.reached().step());
        if (!fault.isWorthARestart() || !mayRestart) {
          throw fault;
        }
      }
    }
  }

  private Outcome runOnce(Function<LauncherNeeds, NodeLauncher> launcher) {
    LongSupplier nextEpoch = this::nextEpoch;
    RunPlace place =
        new RunPlace() {
          @Override
          public NodeLauncher nodes(TrainingSessionSettings settings) {
            return launcher.apply(
                new LauncherNeeds(
                    settings, new ClusterNodes.Hooks(record.name(), nextEpoch, progress, control)));
          }

          @Override
          public boolean isCluster() {
            return true;
          }

          @Override
          public String howToGoOn(Path folder) {
            return "resume it with 'jingwei session resume %s'".formatted(record.name());
          }

          @Override
          public void requireLead() {
            control.requireLead();
            lookAtEpoch();
          }
        };
    RunRequest request =
        new RunRequest(
            configuration, false, table.folder(record.name()), RunRequest.AUTO, rows.open(), place);
    control.requireGoingOn();
    try (RunStart start = new RunStart(request, control, progress);
        AutoCloseable _ = progress.writing(log());
        TrainingRun training = start.run(FaultPlan.none())) {
      return reporting(() -> training.run(control).ending().stopped() ? ended() : done());
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      rows.close();
    }
  }

  /** Writes why a run failed while its folder is still locked. */
  private Outcome reporting(Supplier<Outcome> running) {
    try {
      return running.get();
    } catch (UserException | OutOfBudgetException | FaultException e) {
      control.requireLead();
      progress.faultAt(e.getMessage(), System.currentTimeMillis());
      throw e;
    }
  }

  private EpochLog log() {
    control.requireLead(); // it removes a line that its last writer did not complete
    return new EpochLog(table.folder(record.name()).resolve(EpochLog.FILE));
  }

  private Outcome done() {
    progress.ended();
    return new Outcome.Over(SessionState.DONE);
  }

  private Outcome ended() {
    return switch (control.ending()) {
      case PAUSE -> new Outcome.Over(SessionState.PAUSED);
      case STOP -> new Outcome.Over(SessionState.STOPPED);
      case HAND_OVER -> new Outcome.HandedOver();
    };
  }

  /**
   * Looks from time to time whether another leader, even of another cluster, has begun an epoch.
   */
  private void lookAtEpoch() {
    long now = System.nanoTime();
    if (now - lookedNanos > LOOK.toNanos()) {
      lookedNanos = now;
      requireNewestEpoch();
    }
  }

  private synchronized void requireNewestEpoch() {
    SessionRecord written;
    try {
      written = table.find(record.name()).orElse(record);
    } catch (UncheckedIOException unreadable) {
      throw new LeadLostException(unreadable.getMessage()); // tried again after some seconds
    }
    if (written.epoch() != record.epoch()) {
      throw new LeadLostException(
          "node %s leads session %s in epoch %d"
              .formatted(written.leader(), record.name(), written.epoch()));
    }
  }

  private synchronized long nextEpoch() {
    requireNewestEpoch();
    control.requireLead();
    record = record().inEpoch(table.newestEpoch() + 1, leader);
    table.replace(record);
    return record.epoch();
  }
}
