package jingwei.streams.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import jingwei.actors.device.Device;
import jingwei.actors.device.EcssCounters;
import jingwei.actors.memory.DevicePlan;
import jingwei.actors.memory.DeviceShare;
import jingwei.actors.node.NodeResources;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.progress.Progress;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.settings.NodeSettings;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.train.ActorTrainer;
import jingwei.actors.train.NodeLauncher;
import jingwei.actors.train.ReferenceStepper;
import jingwei.actors.transport.TransportSettings;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.EncodedDocument;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.CpuBackend;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings.Clip;
import jingwei.model.reference.ReferenceTrainer;
import jingwei.model.reference.TinyRun;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialStates;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepResult;
import jingwei.model.step.StepRules;
import jingwei.model.step.StepsBefore;
import jingwei.streams.batch.StreamFeed;

/**
 * One small model, trained through actors and on the reference trainer under the same rules. Six
 * routed blocks, so that the experts of one block are a sixth of the experts of a step.
 */
final class TinySession {
  static final int DOMAINS = 2;

  final DecoderShape shape;
  final BatchSettings batches;
  final StepRules rules;
  final List<DocumentSource> documents;

  TinySession(DecoderShape shape, BatchSettings batches, StepRules rules) {
    this(
        shape,
        batches,
        rules,
        List.of(
            DocumentSource.of(TinyRun.documents(0, 12, 25)),
            DocumentSource.of(TinyRun.documents(1, 9, 40))));
  }

  TinySession(
      DecoderShape shape, BatchSettings batches, StepRules rules, List<DocumentSource> documents) {
    this.shape = shape;
    this.batches = batches;
    this.rules = rules;
    this.documents = documents;
  }

  /** A larger vocabulary, all of it in the documents, so that every expert gets tokens. */
  static TinySession ofManyExperts(int routedBlocks, int expertsPerLayer) {
    int vocabulary = 512;
    DecoderShape shape =
        new DecoderShape(
            vocabulary,
            16,
            new DecoderShape.Sizes(16, 2, 32),
            new DecoderShape.Stack(1, routedBlocks, true),
            new DecoderShape.Experts(DOMAINS, expertsPerLayer / DOMAINS));
    List<DocumentSource> documents = new ArrayList<>();
    for (int domain = 0; domain < DOMAINS; domain++) {
      List<EncodedDocument> own = new ArrayList<>();
      for (int from = 0; from < vocabulary; from += 64) {
        int[] tokens = IntStream.rangeClosed(from, from + 64).map(t -> t % vocabulary).toArray();
        own.add(new EncodedDocument(domain + "-" + from, domain, tokens));
      }
      documents.add(DocumentSource.of(own));
    }
    return new TinySession(shape, batches(1, 0), rules(Clip.GLOBAL, 1, 0, 0), documents);
  }

  /** Several blocks of each kind. */
  static TinySession ofManyDenseBlocks(int delay) {
    DecoderShape shape =
        new DecoderShape(
            32,
            16,
            new DecoderShape.Sizes(16, 2, 32),
            new DecoderShape.Stack(3, 3, true),
            new DecoderShape.Experts(DOMAINS, 4));
    return new TinySession(shape, batches(1, 0), rules(Clip.GLOBAL, 1, delay, 0));
  }

  /** Wide enough that computing a step takes far longer than fetching its experts. */
  static TinySession ofLongSteps() {
    int context = 64;
    DecoderShape shape =
        new DecoderShape(
            32,
            context,
            new DecoderShape.Sizes(64, 2, 256),
            new DecoderShape.Stack(1, 6, true),
            new DecoderShape.Experts(DOMAINS, 2));
    BatchSettings batches =
        new BatchSettings(8, 2, 1, context, 1, BatchSettings.equalWeights(DOMAINS));
    return new TinySession(shape, batches, rules(Clip.GLOBAL, 1, 0, 0));
  }

  static DecoderShape shape(int routedBlocks, int expertsPerDomain) {
    return new DecoderShape(
        32,
        16,
        new DecoderShape.Sizes(16, 2, 32),
        new DecoderShape.Stack(1, routedBlocks, true),
        new DecoderShape.Experts(DOMAINS, expertsPerDomain));
  }

  static BatchSettings batches(int replicas, int domainsPerBatch) {
    return new BatchSettings(
        8, 2, replicas, 16, domainsPerBatch, BatchSettings.equalWeights(DOMAINS));
  }

  static StepRules rules(Clip clip, int replicas, int delay, int bound) {
    return TestSettings.rules(TestSettings.adam(clip, 0.5), replicas, delay, bound);
  }

  static ActorSettings settings(int workers, int lookahead, Local local) {
    return settings(workers, lookahead, local, false);
  }

  static ActorSettings settings(int workers, int lookahead, Local local, boolean recompute) {
    return new ActorSettings(
        workers,
        0,
        recompute,
        lookahead,
        Duration.ofSeconds(30),
        TransportSettings.defaults().through(local));
  }

  /** The same with another number of micro-batches in flight. */
  static ActorSettings inFlight(int microBatches, ActorSettings settings) {
    return new ActorSettings(
        settings.workers(),
        microBatches,
        settings.recompute(),
        settings.lookahead(),
        settings.deadline(),
        settings.transport());
  }

  /** The result of a run. */
  record Outcome(
      List<Integer> fingerprints,
      List<StepResult> results,
      List<Map<Integer, Long>> reads,
      EcssCounters ecss,
      long deviceBytes,
      DataPosition position) {
    List<Double> losses() {
      return results.stream().map(StepResult::loss).toList();
    }

    int stalenessMax() {
      return results.stream().mapToInt(StepResult::stalenessMax).max().orElseThrow();
    }
  }

  Outcome throughReference(int steps) {
    return throughReference(steps, null);
  }

  /**
   * @param reads recorded versions to read; null to follow the rules
   */
  Outcome throughReference(int steps, List<Map<Integer, Long>> reads) {
    return throughReference(steps, reads, Long.MAX_VALUE, Long.MAX_VALUE);
  }

  Outcome throughReference(int steps, long deviceBytes, long hostBytes) {
    return throughReference(steps, null, deviceBytes, hostBytes);
  }

  private Outcome throughReference(
      int steps, List<Map<Integer, Long>> reads, long deviceBytes, long hostBytes) {
    try (NativeMemory device = new NativeMemory("device", deviceBytes);
        NativeMemory host = new NativeMemory("host", hostBytes)) {
      ReferenceTrainer trainer = referenceTrainer(device, host);
      BatchStream stream = stream();
      List<StepResult> results = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        Batch batch = stream.next();
        if (reads == null) {
          results.add(trainer.step(batch));
        } else {
          Map<Integer, Long> recorded = reads.get(i);
          results.add(trainer.step(batch, recorded::get));
        }
      }
      return new Outcome(
          TinyRun.fingerprints(trainer.model()),
          results,
          List.of(),
          EcssCounters.NONE,
          0,
          stream.position());
    }
  }

  private ReferenceTrainer referenceTrainer(NativeMemory device, NativeMemory host) {
    return new ReferenceTrainer(
        model(device, host),
        rules.precision().kernels(device, 0),
        rules,
        TestSettings.rate(),
        new LossMeter(bytes(), DOMAINS),
        batches.tokensPerMicroBatch(),
        device);
  }

  ReferenceStepper referenceStepper(NativeMemory memory) {
    return new ReferenceStepper(referenceTrainer(memory, memory), stream(), memory, memory);
  }

  Outcome throughActors(int steps, ActorSettings settings) {
    return throughActors(steps, settings, Long.MAX_VALUE, FaultPlan.none());
  }

  Outcome throughActors(
      int steps, ActorSettings settings, long deviceBudgetBytes, FaultPlan faults) {
    try (NativeMemory host = NativeMemory.unbounded("host");
        NativeMemory device = new NativeMemory("device", deviceBudgetBytes);
        ActorTrainer trainer = trainer(settings, device, host, faults)) {
      List<StepResult> results = new ArrayList<>();
      List<Map<Integer, Long>> reads = new ArrayList<>();
      List<EcssCounters> counters = new ArrayList<>();
      trainer.run(
          steps,
          (batch, result, stepReads, activity) -> {
            results.add(result);
            reads.add(new TreeMap<>(stepReads));
            counters.add(activity.ecss());
          },
          () -> false);
      return new Outcome(
          TinyRun.fingerprints(trainer.states()),
          results,
          reads,
          counters.getLast(),
          trainer.activity().memory().deviceBytes(),
          trainer.position());
    }
  }

  ActorTrainer trainer(
      ActorSettings settings, NativeMemory device, NativeMemory host, FaultPlan faults) {
    return trainer(
        settings,
        NodeSettings.ONE,
        NodeResources.Hardware.cpu(device.budgetBytes(), host.budgetBytes()),
        faults);
  }

  ActorTrainer trainer(
      ActorSettings settings,
      NodeSettings nodes,
      NodeResources.Hardware hardware,
      FaultPlan faults) {
    DataPosition start = stream().position();
    try (NativeMemory staging = NativeMemory.unbounded("staging")) {
      return new ActorTrainer(
          new InitialStates(new Decoder(shape), routes(), ElementType.FLOAT32, 1, staging),
          rules,
          settings,
          new ActorTrainer.Start(
              batches,
              new StreamFeed(batches, documents, 1, start),
              start,
              StepsBefore.START,
              TestSettings.rate(),
              NodeLauncher.inThisProcess(nodes)),
          new LossMeter(bytes(), DOMAINS),
          hardware,
          faults);
    }
  }

  /** Device bytes that leave room for this many experts at once. */
  long budgetFor(int experts, ActorSettings settings) {
    long all = 1L << 32;
    try (NativeMemory device = new NativeMemory("device", all)) {
      Decoder decoder = new Decoder(shape);
      long slot = Device.slotBytes(decoder, rules.replicas(), ElementType.FLOAT32);
      long needed = devicePlan(settings, device).reservedBytes();
      return device.usedBytes() + needed + experts * slot;
    }
  }

  /** The plan of the only device. */
  DevicePlan devicePlan(ActorSettings settings, NativeMemory device) {
    return DevicePlan.of(
        new RunPlan(
            new ModelPlan(shape, ElementType.FLOAT32, routes(), new InitialWeights(1)),
            rules,
            batches,
            settings),
        DeviceShare.alone(new Decoder(shape), rules.replicas()),
        settings,
        new CpuBackend(),
        device,
        new Progress(),
        () -> {});
  }

  /** The batches that every trainer of this session sees. */
  BatchStream stream() {
    return new BatchStream(batches, documents, 1, routes());
  }

  private List<RouteTable> routes() {
    return ModelState.drawRoutes(shape, RouteMode.PERMUTE, 1, null);
  }

  ModelState model(NativeMemory device, NativeMemory host) {
    ModelState model =
        new ModelState(
            new Decoder(shape),
            routes(),
            ElementType.FLOAT32,
            owner -> owner.isExpert() ? host : device);
    model.initialise(1);
    return model;
  }

  private int[] bytes() {
    int[] bytes = new int[shape.vocabulary()];
    Arrays.fill(bytes, 1);
    return bytes;
  }
}
