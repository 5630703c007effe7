package jingwei.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.SeededRandom;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.optim.LearningRate;
import jingwei.model.optim.StepHistory;
import jingwei.model.optim.StepRules;
import jingwei.model.reference.LossTally;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.streams.session.Activity;
import jingwei.streams.session.ActorSettings;
import jingwei.streams.session.ActorTrainer;
import jingwei.streams.session.ReferenceStepper;
import jingwei.streams.session.Trainer;

/** Steps of one shape on one trainer, on random tokens: a document a row, domains in turn. */
final class TrainerCase implements AutoCloseable {
  private static final int DOCUMENTS = 64;

  private final NativeMemory host = NativeMemory.unbounded("host");
  private final NativeMemory device;
  private final Trainer trainer;
  private final long tokensPerStep;
  private long step;
  private double lastLoss;
  private Activity activity = Activity.NONE;
  private double laneShare;

  /**
   * What is trained.
   *
   * @param rows of a step
   * @param rowsPerMicroBatch rows of a micro-batch
   * @param domainsPerBatch 0 for all
   */
  record Work(DecoderShape shape, int rows, int rowsPerMicroBatch, int domainsPerBatch) {
    int domains() {
      return Math.max(1, shape.domains());
    }
  }

  /**
   * @param lanes 0 for the reference trainer
   */
  TrainerCase(
      Work work, int lanes, int lookahead, TransportSettings.Local local, long deviceBudgetBytes) {
    device = new NativeMemory("device", deviceBudgetBytes);
    DecoderShape shape = work.shape;
    List<RouteTable> routes = ReferenceModel.drawRoutes(shape, RouteMode.PERMUTE, 1, null);
    ReferenceModel model =
        new ReferenceModel(
            new Decoder(shape),
            routes,
            ElementType.FLOAT32,
            owner -> owner.isExpert() ? host : device);
    model.initialise(1);
    BatchSettings batches =
        new BatchSettings(
            work.rows,
            work.rowsPerMicroBatch,
            1,
            shape.context(),
            work.domainsPerBatch,
            BatchSettings.equalWeights(work.domains()));
    tokensPerStep = (long) work.rows * shape.context();
    BatchStream stream = new BatchStream(batches, documents(work), 1);
    AdamSettings adam =
        new AdamSettings(
            0.9,
            0.95,
            1e-8,
            1e-20,
            0.1,
            1,
            AdamSettings.Clip.GLOBAL,
            AdamSettings.Inactive.LAZY,
            AdamSettings.Clock.STEP);
    StepRules rules = StepRules.of(adam);
    LearningRate rate = new LearningRate(LearningRate.Shape.WSD, 3e-4, 0, 0, 1_000_000, 0.1);
    int[] bytes = new int[shape.vocabulary()];
    if (lanes == 0) {
      trainer =
          new ReferenceStepper(
              new ReferenceTrainer(
                  model,
                  new VectorKernels(device),
                  rules,
                  rate,
                  bytes,
                  work.domains(),
                  batches.tokensPerMicroBatch(),
                  device),
              stream);
    } else {
      TransportSettings usual = TransportSettings.defaults();
      trainer =
          new ActorTrainer(
              model,
              rules,
              rate,
              new ActorSettings(
                  lanes,
                  0,
                  lookahead,
                  Duration.ofMinutes(2),
                  new TransportSettings(
                      local,
                      usual.termBytes(),
                      usual.partBytes(),
                      usual.deadlineMillis(),
                      usual.folder())),
              new ActorTrainer.Data(
                  batches, documents(work), 1, stream.position(), 0, StepHistory.EMPTY, Set.of()),
              new LossTally(bytes, work.domains()),
              device,
              host,
              FaultPlan.none());
    }
  }

  /** Runs steps and returns tokens per second. */
  double run(int steps) {
    long busyBefore = activity.laneBusyNanos();
    long start = System.nanoTime();
    step =
        trainer.run(
            step + steps,
            (batch, result, reads, now) -> {
              lastLoss = result.loss();
              activity = now;
            },
            () -> false);
    double seconds = (System.nanoTime() - start) / 1e9;
    laneShare = (activity.laneBusyNanos() - busyBefore) / 1e9 / seconds / activity.lanes();
    return steps * tokensPerStep / seconds;
  }

  double lastLoss() {
    return lastLoss;
  }

  /** What the actors have counted since the start. */
  Activity activity() {
    return activity;
  }

  /** Share of the last run that the lanes computed in. */
  double laneShare() {
    return laneShare;
  }

  long deviceBytes() {
    return device.usedBytes();
  }

  long hostBytes() {
    return host.usedBytes();
  }

  @Override
  public void close() {
    trainer.close();
    device.close();
    host.close();
  }

  private static List<List<EncodedDocument>> documents(Work work) {
    List<List<EncodedDocument>> documents = new ArrayList<>();
    for (int domain = 0; domain < work.domains(); domain++) {
      List<EncodedDocument> own = new ArrayList<>();
      for (int d = 0; d < DOCUMENTS; d++) {
        SeededRandom random = SeededRandom.of(3, domain, d);
        int[] tokens = new int[work.shape.context() + 1];
        for (int i = 0; i < tokens.length; i++) {
          tokens[i] = random.nextInt(work.shape.vocabulary());
        }
        own.add(new EncodedDocument(domain + "-" + d, domain, tokens));
      }
      documents.add(Collections.unmodifiableList(own));
    }
    return documents;
  }
}
