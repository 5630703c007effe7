package jingwei.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.actors.evaluation.EvaluationWorkers;
import jingwei.actors.node.NodeResources;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.Activity;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.ReferenceStepper;
import jingwei.actors.train.Trainer;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.peer.TorchProcess;
import jingwei.model.SeededRandom;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.decoder.Workspace;
import jingwei.model.inference.Evaluator;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Precision;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialStates;
import jingwei.model.state.ModelState;
import jingwei.model.state.StateSource;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import jingwei.model.step.SumOrder;
import jingwei.streams.batch.StreamFeed;

/**
 * Runs steps of one shape on one trainer, on random tokens: a document per row, domains in turn.
 */
public final class TrainerCase implements AutoCloseable {
  private static final int DOCUMENTS = 64;
  private static final int EVALUATION_ROWS = 8;
  private static final double LEARNING_RATE = 3e-4;
  static final LearningRate RATE =
      new LearningRate(LearningRate.Shape.WSD, LEARNING_RATE, 0, 0, 1_000_000, 0.1);

  /** No clipping, because the peer's fused step has none. */
  static final AdamSettings ADAM =
      new AdamSettings(
          new AdamSettings.Moments(0.9, 0.95, 1e-8, 1e-20),
          0.1,
          new AdamSettings.Clipping(AdamSettings.Clip.GLOBAL, 0),
          new AdamSettings.ExpertRules(AdamSettings.Inactive.LAZY, AdamSettings.Clock.STEP));

  private final NativeMemory host = NativeMemory.unbounded("host");
  private final NativeMemory device;
  private final Trainer trainer;
  private final long tokensPerStep;
  private final Work work;
  private long step;
  private final List<Double> losses = new ArrayList<>();
  private Activity activity = Activity.NONE;
  private double workerShare;

  /**
   * What is trained.
   *
   * @param rows number of rows in a step
   * @param rowsPerMicroBatch number of rows in a micro-batch
   * @param domainsPerBatch number of domains in a batch; 0 for all
   * @param replicas logical replicas that share a step
   * @param order in which gradients are added up
   */
  public record Work(
      DecoderShape shape,
      int rows,
      int rowsPerMicroBatch,
      int domainsPerBatch,
      Precision precision,
      int replicas,
      SumOrder order) {
    Work(
        DecoderShape shape,
        int rows,
        int rowsPerMicroBatch,
        int domainsPerBatch,
        Precision precision) {
      this(shape, rows, rowsPerMicroBatch, domainsPerBatch, precision, 1, SumOrder.FIXED);
    }

    Work withReplicas(int number) {
      return new Work(shape, rows, rowsPerMicroBatch, domainsPerBatch, precision, number, order);
    }

    int domains() {
      return Math.max(1, shape.domains());
    }

    StepRules rules() {
      return new StepRules(ADAM, replicas, 0, 0, SpikeRule.LOGGING, precision, order);
    }

    Kernels kernels(NativeMemory memory) {
      return precision.kernels(
          memory, Workspace.largestSide(new Decoder(shape), rowsPerMicroBatch * shape.context()));
    }

    /** The batches that every trainer of this work sees. */
    BatchStream stream() {
      return new BatchStream(batches(), documents(this), 1, routes());
    }

    /**
     * Floating-point operations in products for each trained token: 6 for each weight that is used,
     * and attention over the mean visible length.
     */
    double productFlopPerToken() {
      ParameterCount count = ParameterCount.of(shape);
      long positionTables = (long) shape.context() * shape.width() * (shape.queryLayer() ? 2 : 1);
      int attentions = shape.blocks() + (shape.queryLayer() ? 1 : 0);
      double attention = 7.0 / 2 * 2 * 2 * shape.width() * (shape.context() + 1) / 2 * attentions;
      return 6.0 * (count.active() - positionTables) + attention;
    }

    /** All documents, cut into micro-batches for an evaluation. */
    List<MicroBatch> evaluationText() {
      List<EncodedDocument> all = new ArrayList<>();
      for (int domain = 0; domain < domains(); domain++) {
        all.addAll(documents(this, domain));
      }
      return HeldOutBatches.of(
          DocumentSource.of(all), shape.context(), EVALUATION_ROWS, Long.MAX_VALUE);
    }

    List<RouteTable> routes() {
      return ModelState.drawRoutes(shape, RouteMode.PERMUTE, 1, null);
    }

    private BatchSettings batches() {
      return new BatchSettings(
          rows,
          rowsPerMicroBatch,
          replicas,
          shape.context(),
          domainsPerBatch,
          BatchSettings.equalWeights(domains()));
    }
  }

  /**
   * A trainer of one node.
   *
   * @param lanes number of workers; 0 for the reference trainer
   */
  public TrainerCase(
      Work work, int lanes, int lookahead, TransportSettings.Local local, long deviceBudgetBytes) {
    this(work, lanes, lookahead, local, deviceBudgetBytes, NodeSettings.ONE);
  }

  /**
   * A trainer of some nodes in this process.
   *
   * @param lanes number of workers of each device; 0 for the reference trainer
   * @param nodes how many there are
   */
  public TrainerCase(
      Work work,
      int lanes,
      int lookahead,
      TransportSettings.Local local,
      long deviceBudgetBytes,
      NodeSettings nodes) {
    device = new NativeMemory("device", deviceBudgetBytes);
    this.work = work;
    DecoderShape shape = work.shape;
    BatchSettings batches = work.batches();
    tokensPerStep = (long) work.rows * shape.context();
    BatchStream stream = work.stream();
    StepRules rules = work.rules();
    int[] bytes = new int[shape.vocabulary()];
    if (lanes == 0) {
      ModelState model =
          new ModelState(
              new Decoder(shape),
              work.routes(),
              ElementType.FLOAT32,
              owner -> owner.isExpert() ? host : device);
      model.initialise(1);
      trainer =
          new ReferenceStepper(
              new ReferenceTrainer(
                  model,
                  work.kernels(device),
                  rules,
                  RATE,
                  new LossMeter(bytes, work.domains()),
                  batches.tokensPerMicroBatch(),
                  device),
              stream,
              device,
              host);
      return;
    }
    try (NativeMemory staging = NativeMemory.unbounded("staging")) {
      trainer =
          new ActorTrainer(
              new InitialStates(new Decoder(shape), work.routes(), ElementType.FLOAT32, 1, staging),
              rules,
              new ActorSettings(
                  lanes,
                  0,
                  false,
                  lookahead,
                  Duration.ofMinutes(2),
                  TransportSettings.defaults().through(local)),
              new ActorTrainer.Start(
                  batches,
                  new StreamFeed(batches, documents(work), 1, stream.position()),
                  stream.position(),
                  StepsBefore.START,
                  RATE,
                  NodeLauncher.inThisProcess(nodes)),
              new LossMeter(bytes, work.domains()),
              NodeResources.Hardware.cpu(deviceBudgetBytes, Long.MAX_VALUE),
              FaultPlan.none());
    }
  }

  /** A peer that starts with the weights of this trainer; call it while no step runs. */
  TorchProcess peer(int threads) {
    return new TorchProcess(
        work.shape,
        work.rows,
        threads,
        work.precision == Precision.BF16,
        ADAM,
        LEARNING_RATE,
        trainer.states());
  }

  /** Evaluates a copy of the model as it is now; call it while no step runs. */
  EvaluationWorkers evaluation(int workers) {
    StateSource states = trainer.states();
    ModelState copy = new ModelState(states.decoder(), states.routes(), states.type(), device);
    copy.fill(states);
    int maxTokens = EVALUATION_ROWS * work.shape.context();
    long largestSide = Workspace.largestSide(new Decoder(work.shape), maxTokens);
    LossMeter meter = new LossMeter(new int[work.shape.vocabulary()], work.domains());
    List<Evaluator> evaluators = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      Kernels kernels = work.precision.kernels(device, largestSide);
      evaluators.add(new Evaluator(copy, kernels, meter, maxTokens, device));
    }
    return new EvaluationWorkers(evaluators, meter);
  }

  /** Runs steps and returns tokens per second. */
  public double run(int steps) {
    losses.clear();
    long busyBefore = activity.workerBusyNanos();
    long start = System.nanoTime();
    step =
        trainer.run(
            step + steps,
            (batch, result, reads, now) -> {
              losses.add(result.loss());
              activity = now;
            },
            () -> false);
    double seconds = (System.nanoTime() - start) / 1e9;
    workerShare = (activity.workerBusyNanos() - busyBefore) / 1e9 / seconds / activity.workers();
    return steps * tokensPerStep / seconds;
  }

  /** The loss of the last step, in nats per token. */
  public double lastLoss() {
    return losses.getLast();
  }

  /** The loss of each step of the last run. */
  List<Double> losses() {
    return Collections.unmodifiableList(losses);
  }

  /** The last step. */
  public long step() {
    return step;
  }

  /** The counters of the actors since the start. */
  public Activity activity() {
    return activity;
  }

  /** Share of the last run in which the workers computed. */
  double workerShare() {
    return workerShare;
  }

  long deviceBytes() {
    return trainer.activity().memory().deviceBytes();
  }

  long hostBytes() {
    return trainer.activity().memory().hostBytes();
  }

  @Override
  public void close() {
    trainer.close();
    device.close();
    host.close();
  }

  private static List<DocumentSource> documents(Work work) {
    return IntStream.range(0, work.domains())
        .mapToObj(domain -> DocumentSource.of(documents(work, domain)))
        .toList();
  }

  private static List<EncodedDocument> documents(Work work, int domain) {
    List<EncodedDocument> own = new ArrayList<>();
    for (int d = 0; d < DOCUMENTS; d++) {
      SeededRandom random = SeededRandom.of(3, domain, d);
      int[] tokens = new int[work.shape.context() + 1];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = random.nextInt(work.shape.vocabulary());
      }
      own.add(new EncodedDocument(domain + "-" + d, domain, tokens));
    }
    return own;
  }
}
