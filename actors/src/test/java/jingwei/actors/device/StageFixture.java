package jingwei.actors.device;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.progress.Progress;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.Strays;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchPart;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.AdamSettings;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.testkit.typed.javadsl.BehaviorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestInbox;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * One stage or one expert of a tiny decoder, with test inboxes in place of all other actors.
 * Everything runs in the calling thread.
 *
 * <p>Stage 0 is the embedding, 1 a dense block, 2 a routed block with two experts, 3 the output.
 */
final class StageFixture implements AutoCloseable {
  static final int EMBEDDING = 0;
  static final int DENSE = 1;
  static final int ROUTED = 2;
  static final int OUTPUT = 3;
  static final int MICRO_BATCHES = 2;

  private static final DecoderShape SHAPE =
      new DecoderShape(
          4,
          4,
          new DecoderShape.Sizes(4, 1, 4),
          new DecoderShape.Stack(1, 1, false),
          new DecoderShape.Experts(1, 2));
  private static final RouteTable ROUTES = RouteTable.of(new short[][] {{0, 0, 1, 1}}, 2);
  private static final AdamSettings ADAM = TestSettings.adam();

  private final NativeMemory memory = NativeMemory.unbounded("test");
  private final Decoder decoder = new Decoder(SHAPE);
  final List<TestInbox<DenseStage.Command>> stages = new ArrayList<>();
  final List<TestInbox<Expert.Command>> experts = new ArrayList<>();
  final TestInbox<DeviceScheduler.Command> scheduler = TestInbox.create("scheduler");
  final TestInbox<StepEvent> coordinator = TestInbox.create("coordinator");
  final TestInbox<Admission.Command> admission = TestInbox.create("admission");
  final TestInbox<TensorTransport.Command> transport = TestInbox.create("transport");
  final List<TestInbox<StageOwner.Command>> owners = new ArrayList<>();
  final List<StageMemory> memories = new ArrayList<>();
  final Strays strays = new Strays();
  final Device device;
  final ModelState model;
  private final BufferLoans loans = new BufferLoans();
  private final Peers peers;

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of references
  StageFixture() {
    ElementType type = ElementType.FLOAT32;
    model = new ModelState(decoder, List.of(ROUTES), type, memory);
    model.initialise(1);
    Workspace workspace = new Workspace(decoder, new VectorKernels(memory), type, 4, memory);
    WorkerPool workers = new WorkerPool(List.of(workspace), new Progress());
    List<ActivationBuffers> activations = new ArrayList<>();
    for (int i = 0; i < MICRO_BATCHES; i++) {
      activations.add(new ActivationBuffers(decoder, type, 4, memory));
    }
    device =
        new Device(
            decoder,
            type,
            StepRules.of(ADAM),
            workers,
            new DeviceBuffers(activations, 2, 4, memory),
            DevicePlace.alone(1),
            new FaultPlan(List.of(), Duration.ZERO));
    peers = new Peers(workers, new Incarnation(1, strays));
    ActorRef<DenseStage.Command>[] stageRefs = new ActorRef[decoder.stages().size()];
    for (int i = 0; i < stageRefs.length; i++) {
      stages.add(TestInbox.create("stage" + i));
      stageRefs[i] = stages.get(i).getRef();
    }
    ActorRef<Expert.Command>[] expertRefs = new ActorRef[decoder.owners().size()];
    for (int e = 0; e < 2; e++) {
      experts.add(TestInbox.create("expert" + e));
      expertRefs[decoder.ownerOf(ROUTED, e)] = experts.get(e).getRef();
    }
    peers.introduce(stageRefs, expertRefs);
    peers.introduce(scheduler.getRef(), admission.getRef(), transport.getRef());
    peers.connect(directory());
  }

  private Directory directory() {
    SortedMap<Integer, ActorRef<StageOwner.Command>> ownerRefs = new TreeMap<>();
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      owners.add(TestInbox.create("owner" + stage));
      ownerRefs.put(stage, owners.get(stage).getRef());
      memories.add(
          new StageMemory(
              decoder.stages().get(stage).owner().layout(), 1, 1, ElementType.FLOAT32, memory));
    }
    return new Directory(
        Placement.first(decoder, 1, Members.alone()),
        coordinator.getRef(),
        List.of(new Directory.OfDevice(0, admission.getRef(), ownerRefs, null)),
        List.of(
            new Directory.OfHost(0, TestInbox.<ParameterStore.Command>create("store").getRef())));
  }

  /** Gives the device the batch of a step, and puts its micro-batches into the buffers. */
  void begin(long step) {
    device.take(part(step));
    for (int i = 0; i < MICRO_BATCHES; i++) {
      device.begin(microBatch(step, i));
    }
  }

  /** The part of a batch that the only device computes. */
  static BatchPart part(long step) {
    List<MicroBatch> microBatches = new ArrayList<>();
    for (int i = 0; i < MICRO_BATCHES; i++) {
      microBatches.add(
          new MicroBatch(
              new int[] {0, 2, 1},
              new int[] {2, 1, 3},
              new int[] {0, 1, 2},
              new int[] {0, 0, 0},
              new int[] {0, 3}));
    }
    Batch batch = Batch.ofStep(step, microBatches, 1, List.of(ROUTES), BatchOrigin.NONE);
    return BatchPart.whole(batch);
  }

  MicroBatchRef microBatch(long step, int index) {
    return new MicroBatchRef(step, index, 0, index);
  }

  /** A stage whose owner is on the same device. */
  BehaviorTestKit<DenseStage.Command> stage(int stage) {
    return BehaviorTestKit.create(
        DenseStage.create(
            device,
            peers,
            stage,
            endpoint(stage),
            (self, tensors) -> new OwnWeights(peers, stage, memories.get(stage), true)));
  }

  /**
   * A stage whose owner is on another device.
   *
   * @param weights receives the weights of the stage
   */
  BehaviorTestKit<DenseStage.Command> copied(int stage, CopiedWeights[] weights) {
    return BehaviorTestKit.create(
        DenseStage.create(
            device,
            peers,
            stage,
            endpoint(20 + stage),
            (self, tensors) ->
                weights[0] = new CopiedWeights(device, peers, stage, self, tensors)));
  }

  /** The entrance of the device. */
  BehaviorTestKit<Admission.Command> admission() {
    return BehaviorTestKit.create(Admission.create(device, peers));
  }

  /** The owner of a stage lets it read its weights in a step. */
  void letRead(BehaviorTestKit<DenseStage.Command> kit, int stage, long step) {
    memories.get(stage).letRead(step, model.states().get(decoder.ownerOf(stage)).weights());
    kit.run(new DenseStage.MayRead(step));
  }

  /** The owner of a stage. */
  BehaviorTestKit<StageOwner.Command> owner(int stage) {
    return BehaviorTestKit.create(
        StageOwner.create(
            device,
            peers,
            stage,
            new StageOwner.Start(
                model.histories().get(decoder.ownerOf(stage)),
                0,
                memories.get(stage),
                endpoint(10 + stage))));
  }

  private TensorExchange.Endpoint endpoint(int actor) {
    return new TensorExchange.Endpoint(0, actor, 1, loans, transport.getRef());
  }

  /** An expert of the routed block. */
  BehaviorTestKit<Expert.Command> expert(int expert) {
    return BehaviorTestKit.create(
        Expert.create(device, peers, ROUTED, decoder.ownerOf(ROUTED, expert)));
  }

  ResidencyKey residency(int expert, long step) {
    return new ResidencyKey(decoder.ownerOf(ROUTED, expert), step);
  }

  @Override
  public void close() {
    memory.close();
  }
}
