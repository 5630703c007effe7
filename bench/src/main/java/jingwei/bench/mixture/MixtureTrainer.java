package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.mixture.ExpertLink.Traffic;
import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.loss.DomainLoss;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.UpdateStep;
import jingwei.model.state.OwnerState;

/**
 * Trains the product's decoder with its layers, kernels, loss and Adam as a heterogeneous mixture
 * does: experts chosen by a learned gate or by tables, kept on the host or on the device, and all
 * of them updated in every step. It is single-threaded to its caller.
 */
public final class MixtureTrainer implements AutoCloseable {
  private final Mixture mixture;
  private final ExpertRules rules;
  private final ExpertStates states;
  private final ExpertNumbers numbers;
  private final NativeMemory device = NativeMemory.unbounded("device");
  private final Workers workers;
  private final MixturePass pass;
  private final MixtureEvaluator evaluator;
  private final Gates gates;
  private final DenseOwners dense;
  private final ExpertUpdater updater;
  private final Adam adam;
  private final ExpertKeeper experts;
  private final MixturePass.Experts forPass;
  private long steps;

  /**
   * @param states of the experts: on the device if nothing moves, otherwise the store on the host,
   *     which one trainer uses at a time. It stays open
   * @param lanes number of workers
   * @param transport moves experts; unused if nothing moves
   * @throws IllegalArgumentException if only activated experts move and a gate chooses them, since
   *     they are not known before the step
   */
  public MixtureTrainer(
      Mixture mixture,
      Routing routing,
      ExpertRules rules,
      ExpertStates states,
      int lanes,
      TransportSettings transport) {
    if (rules.movement() == Movement.ACTIVATED && routing instanceof Routing.Gate) {
      throw new IllegalArgumentException("a gate chooses experts too late to move only those");
    }
    this.mixture = mixture;
    this.rules = rules;
    this.states = states;
    Decoder decoder = new Decoder(mixture.shape());
    numbers = new ExpertNumbers(decoder);
    adam = new Adam(mixture.optimizer().adam());
    updater = new ExpertUpdater(adam);
    workers =
        new Workers(
            IntStream.range(0, lanes)
                .mapToObj(
                    lane ->
                        new Workspace(
                            decoder,
                            mixture.kernels().apply(device),
                            mixture.type(),
                            mixture.tokensPerMicroBatch(),
                            device))
                .toList());
    gates =
        routing instanceof Routing.Gate(double balance)
            ? new Gates(mixture, balance, lanes, device)
            : null;
    pass = new MixturePass(decoder, mixture, workers, gates, device);
    evaluator = new MixtureEvaluator(decoder, mixture, routing, gates, lanes, device);
    dense = new DenseOwners(decoder, mixture, pass::dense, gates, device);
    ExpertLink link = rules.movement() == Movement.NONE ? null : new ExpertLink(transport);
    experts =
        ExpertKeeper.of(
            new ExpertKeeper.Parts(decoder, states, rules, workers, updater, link, device));
    forPass = new MixturePass.Experts(experts::onDevice, experts::gradients, experts);
  }

  /** Runs steps, one after the other. */
  public List<PhaseTimes> run(Supplier<Batch> batches, int number) {
    List<PhaseTimes> times = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      times.add(step(batches.get()));
    }
    return times;
  }

  /**
   * One step.
   *
   * @throws IllegalStateException if the loss or the norm is not finite, or a transfer failed
   */
  public PhaseTimes step(Batch batch) {
    long start = System.nanoTime();
    updater.takeBusyNanos();
    experts.begin(batch);
    if (!mixture.optimizer().clips()) {
      experts.decideEarly(update(batch.step(), steps + 1, 1));
    }
    long computeStart = System.nanoTime();
    compute(batch);
    workers.deal(dense.count(), dense::addUp);
    long otherNanos = updater.busyNanos() / workers.count() + experts.waitedNanos();
    long computeNanos = System.nanoTime() - computeStart - otherNanos;
    double loss = loss(batch);
    UpdateStep update = update(batch.step(), ++steps, clipScale());
    long denseStart = System.nanoTime();
    workers.deal(dense.count(), (workspace, i) -> dense.update(adam, workspace, i, update));
    computeNanos += System.nanoTime() - denseStart;
    experts.finish(update);
    return times(start, computeNanos, loss);
  }

  private PhaseTimes times(long start, long computeNanos, double loss) {
    Traffic up = experts.takeTraffic(LinkDirection.TO_DEVICE);
    Traffic down = experts.takeTraffic(LinkDirection.TO_HOST);
    return new PhaseTimes(
        (System.nanoTime() - start) / 1e9,
        computeNanos / 1e9,
        updater.takeBusyNanos() / 1e9 / workers.count(),
        up.seconds(),
        down.seconds(),
        new PhaseTimes.Moved(up.bytes(), down.bytes(), pass.numActive()),
        loss);
  }

  /** Forward and backward, without an update. */
  void compute(Batch batch) {
    pass.begin(batch);
    pass.run(this::onDevice, forPass, 1.0 / Math.max(1, batch.numTargets()));
  }

  private ParameterSet onDevice(int owner) {
    return dense.state(owner).weights();
  }

  /** Mean loss over the targets of the batch that was computed last, without the balance loss. */
  double loss(Batch batch) {
    List<DomainLoss> sums = mixture.meter().none();
    for (int m = 0; m < batch.microBatches().size(); m++) {
      sums = mixture.meter().plus(sums, batch.microBatches().get(m), pass.losses(m));
    }
    double loss = LossMeter.mean(sums, batch.numTargets());
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException("step=%d loss=%s".formatted(batch.step(), loss));
    }
    return loss;
  }

  private UpdateStep update(long step, long applied, double clipScale) {
    return new UpdateStep(step, applied, mixture.optimizer().rate().at(step), clipScale);
  }

  /** From the norm of all gradients, in the order of the decoder's owners, then the gates. */
  private double clipScale() {
    if (!mixture.optimizer().clips()) {
      return 1;
    }
    double[] ofDense = new double[dense.count()];
    double[] ofExperts = new double[states.count()];
    workers.deal(ofDense.length, (workspace, i) -> ofDense[i] = dense.squares(workspace, i));
    workers.deal(
        ofExperts.length, (workspace, i) -> ofExperts[i] = experts.squares(workspace.kernels(), i));
    TreeMap<Integer, Double> squares = new TreeMap<>();
    for (int i = 0; i < ofDense.length; i++) {
      squares.put(dense.index(i), ofDense[i]);
    }
    for (int expert = 0; expert < ofExperts.length; expert++) {
      squares.put(numbers.index(expert), ofExperts[expert]);
    }
    double norm = Adam.jointNorm(squares.values());
    if (!Double.isFinite(norm)) {
      throw new IllegalStateException("the norm of the gradients is " + norm);
    }
    return adam.clipScale(Double.NaN, norm, Double.NaN);
  }

  /** Losses of micro-batches under the current weights, by domain. */
  public List<DomainLoss> evaluate(List<MicroBatch> microBatches) {
    return evaluator.evaluate(
        workers,
        microBatches,
        owner ->
            dense.state(owner) == null
                ? states.weights(numbers.number(owner))
                : dense.state(owner).weights());
  }

  /** Bytes on the device: weights, gradients, activations, and all experts if nothing moves. */
  public long deviceBytes() {
    return device.usedBytes() + (rules.movement() == Movement.NONE ? states.bytes() : 0);
  }

  /** Bytes of the store on the host. */
  public long hostBytes() {
    return rules.movement() == Movement.NONE ? 0 : states.bytes();
  }

  /** The state of a dense stage, by the index of its owner among those of the decoder. */
  OwnerState dense(int owner) {
    return dense.state(owner);
  }

  /** The gates; null with tables. */
  Gates gates() {
    return gates;
  }

  /** The gradient of an expert that was activated. */
  Gradients gradients(int expert) {
    return experts.gradients(expert);
  }

  MixturePass pass() {
    return pass;
  }

  @Override
  public void close() {
    experts.close();
    workers.close();
    device.close();
  }
}
