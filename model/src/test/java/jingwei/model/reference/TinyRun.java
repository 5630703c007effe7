package jingwei.model.reference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32C;
import jingwei.model.SeededRandom;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Backend;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;
import jingwei.model.state.StateSource;
import jingwei.model.step.StepRules;

/**
 * A model and data small enough for tests: two domains, 2 experts each, vocabulary 32, context 16.
 */
public final class TinyRun implements AutoCloseable {
  public static final DecoderShape SHAPE =
      new DecoderShape(
          32,
          16,
          new DecoderShape.Sizes(16, 2, 32),
          new DecoderShape.Stack(1, 2, true),
          new DecoderShape.Experts(2, 2));
  public static final AdamSettings ADAM = TestSettings.adam();

  public final NativeMemory memory;
  public final ModelState model;
  public final ReferenceTrainer trainer;

  public TinyRun() {
    this(ADAM);
  }

  public TinyRun(AdamSettings adam) {
    this(adam, null);
  }

  /**
   * @param loaded a model to continue with; null for a new one
   */
  public TinyRun(AdamSettings adam, Function<NativeMemory, ModelState> loaded) {
    this(StepRules.of(adam), loaded);
  }

  public TinyRun(StepRules rules, Function<NativeMemory, ModelState> loaded) {
    this(rules, loaded, new CpuBackend());
  }

  /** Everything in the memory of a backend. */
  public TinyRun(StepRules rules, Function<NativeMemory, ModelState> loaded, Backend backend) {
    memory = backend.memory("test", Long.MAX_VALUE);
    model = loaded == null ? newModel() : loaded.apply(memory);
    int[] bytes = new int[SHAPE.vocabulary()];
    Arrays.fill(bytes, 1);
    trainer =
        new ReferenceTrainer(
            model,
            backend.kernels(rules.precision(), memory, 0),
            rules,
            TestSettings.rate(),
            new LossMeter(bytes, 2),
            128,
            memory);
  }

  /** The route tables of the model. */
  public static List<RouteTable> routes() {
    List<RouteTable> routes = new ArrayList<>();
    for (int layer = 0; layer < 2; layer++) {
      routes.add(RouteTable.draw(RouteMode.PERMUTE, 1, layer, 2, 2, 32, null));
    }
    return routes;
  }

  private ModelState newModel() {
    ModelState fresh = new ModelState(new Decoder(SHAPE), routes(), ElementType.FLOAT32, memory);
    fresh.initialise(1);
    return fresh;
  }

  /** Documents that count upwards from a random token: easy to learn. */
  public static List<EncodedDocument> documents(int domain, int count, int length) {
    List<EncodedDocument> documents = new ArrayList<>();
    for (int d = 0; d < count; d++) {
      SeededRandom random = SeededRandom.of(9, domain, d);
      int start = random.nextInt(30);
      int[] tokens = new int[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = (start + i * (domain + 1)) % 31;
      }
      documents.add(new EncodedDocument("doc-" + domain + "-" + d, domain, tokens));
    }
    return documents;
  }

  public static BatchStream batches(
      int rows, int rowsPerMicroBatch, List<List<EncodedDocument>> documents) {
    return batches(rows, rowsPerMicroBatch, 1, documents);
  }

  public static BatchStream batches(
      int rows, int rowsPerMicroBatch, int replicas, List<List<EncodedDocument>> documents) {
    return batches(
        new BatchSettings(
            rows, rowsPerMicroBatch, replicas, 16, 0, BatchSettings.equalWeights(documents.size())),
        documents);
  }

  public static BatchStream batches(BatchSettings settings, List<List<EncodedDocument>> documents) {
    return new BatchStream(
        settings, documents.stream().map(DocumentSource::of).toList(), 1, routes());
  }

  /** A batch of a step, routed as the model routes. */
  public static Batch batch(long step, MicroBatch... microBatches) {
    return Batch.ofStep(step, List.of(microBatches), 1, routes(), BatchOrigin.NONE);
  }

  /** Checksums of all weights and moments of every owner. */
  public static List<Integer> fingerprints(StateSource states) {
    List<Integer> sums = new ArrayList<>();
    for (int owner = 0; owner < states.decoder().owners().size(); owner++) {
      OwnerState state = states.of(owner).state();
      sums.add(checksum(state.weights().flat()));
      sums.add(checksum(state.firstMoment().flat()));
      sums.add(checksum(state.secondMoment().flat()));
    }
    return sums;
  }

  public static int checksum(Matrix flat) {
    CRC32C crc = new CRC32C();
    try (NativeMemory host = NativeMemory.unbounded("copy")) {
      Matrix copy = host.matrix(flat.type(), flat.rows(), flat.columns());
      flat.read(0, copy.segment());
      crc.update(copy.segment().asByteBuffer());
    }
    return (int) crc.getValue();
  }

  @Override
  public void close() {
    memory.close();
  }
}
