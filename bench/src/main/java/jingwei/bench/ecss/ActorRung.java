package jingwei.bench.ecss;

import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.Activity;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.BatchFeed;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.decoder.Owner;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.InitialStates;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepsBefore;

/** A rung that the product's own trainer runs: experts in the store, actors for everything. */
final class ActorRung implements Rung {
  private final Work work;
  private final ActorTrainer trainer;
  private final int workers;

  /** Bytes a second in each direction; empty if the link is not slowed. */
  private final OptionalDouble bandwidth;

  private Activity activity = Activity.NONE;
  private long step;
  private long activated;
  private long deviceBytes;
  private long hostBytes;

  /**
   * @param feed gives the batches
   * @param lookahead batches whose experts are fetched ahead
   * @param mostDeviceBytes budget of the device
   */
  ActorRung(
      Work work,
      BatchFeed feed,
      int lookahead,
      TransportSettings transport,
      OptionalDouble bandwidth,
      long mostDeviceBytes) {
    this.work = work;
    this.bandwidth = bandwidth;
    this.workers = Runtime.getRuntime().availableProcessors();
    DataPosition start = DataPosition.start(work.text().size());
    try (NativeMemory staging = NativeMemory.unbounded("staging")) {
      trainer =
          new ActorTrainer(
              new InitialStates(
                  work.decoder(), work.routes(), ElementType.FLOAT32, Work.SEED, staging),
              work.rules(),
              new ActorSettings(workers, 0, false, lookahead, Duration.ofMinutes(5), transport),
              new ActorTrainer.Start(
                  work.batches(),
                  feed,
                  start,
                  StepsBefore.START,
                  Work.RATE,
                  NodeLauncher.inThisProcess(NodeSettings.ONE)),
              new LossMeter(new int[work.shape().vocabulary()], work.shape().domains()),
              NodeResources.Hardware.cpu(mostDeviceBytes, Long.MAX_VALUE),
              FaultPlan.none());
    }
  }

  @Override
  public Figures run(int steps) {
    Activity before = activity;
    activated = 0;
    long start = System.nanoTime();
    step =
        trainer.run(
            step + steps,
            (batch, result, reads, now) -> {
              activity = now;
              activated += result.activeExperts();
              deviceBytes = Math.max(deviceBytes, now.memory().deviceBytes());
              hostBytes = Math.max(hostBytes, now.memory().hostBytes());
            },
            () -> false);
    double seconds = (System.nanoTime() - start) / 1e9;
    EcssCounters ecss = activity.ecss().since(before.ecss());
    double updateSeconds = (activity.updateNanos() - before.updateNanos()) / 1e9 / workers;
    double busySeconds = (activity.workerBusyNanos() - before.workerBusyNanos()) / 1e9 / workers;
    double toDevice = (double) ecss.bytes().toDevice() / steps;
    double toHost = (double) ecss.bytes().toHost() / steps;
    return new Figures(
        steps * work.tokensPerStep() / seconds,
        (double) activated / steps / numExperts(),
        new Figures.Bytes(
            deviceBytes,
            hostBytes,
            toDevice,
            toHost,
            toDevice / bandwidth.orElse(Double.NaN),
            toHost / bandwidth.orElse(Double.NaN)),
        new Figures.Times(
            (busySeconds - updateSeconds) / steps,
            1000 * updateSeconds / steps,
            (double) ecss.stallMillis() / steps),
        (double) ecss.residencies().misses() / steps,
        updatedExperts());
  }

  private int numExperts() {
    return work.shape().expertsPerBlock() * work.shape().routedBlocks();
  }

  private long updatedExperts() {
    StateSource states = trainer.states();
    List<Owner> owners = states.decoder().owners();
    return IntStream.range(0, owners.size())
        .filter(owner -> owners.get(owner).isExpert() && states.clock(owner).updates() > 0)
        .count();
  }

  @Override
  public void close() {
    trainer.close();
  }
}
