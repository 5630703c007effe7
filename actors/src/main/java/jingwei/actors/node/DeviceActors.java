package jingwei.actors.node;

import java.util.SortedMap;
import java.util.TreeMap;
import jingwei.actors.device.Admission;
import jingwei.actors.device.CopiedWeights;
import jingwei.actors.device.DenseStage;
import jingwei.actors.device.Device;
import jingwei.actors.device.DeviceBuffers;
import jingwei.actors.device.DeviceScheduler;
import jingwei.actors.device.Directory;
import jingwei.actors.device.Expert;
import jingwei.actors.device.OwnWeights;
import jingwei.actors.device.Peers;
import jingwei.actors.device.StageMemory;
import jingwei.actors.device.StageOwner;
import jingwei.actors.device.StageWeights;
import jingwei.actors.memory.DevicePlan;
import jingwei.actors.memory.DeviceShare;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.kernel.Backend;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;
import jingwei.model.step.StepRules;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;

/** Starts the actors of a device, with the memory that they compute in. */
final class DeviceActors {
  private final NodePlan plan;
  private final NativeMemory memory;
  private final Device device;
  private final Peers peers;
  private final SortedMap<Integer, ActorRef<StageOwner.Command>> owners = new TreeMap<>();
  private ActorRef<Admission.Command> admission;

  private DeviceActors(NodePlan plan, Backend backend, NativeMemory memory) {
    this.plan = plan;
    this.memory = memory;
    DevicePlan memoryPlan =
        DevicePlan.of(
            plan.run(),
            DeviceShare.of(plan.decoder(), plan.placement(), plan.node()),
            plan.run().settings().withWorkers(plan.resources().workers()),
            backend,
            memory,
            plan.resources().progress(),
            plan.allocated());
    WorkerPool workers = new WorkerPool(memoryPlan.workers(), plan.resources().progress());
    DeviceBuffers buffers =
        new DeviceBuffers(
            memoryPlan.activations(),
            memoryPlan.slots(),
            plan.run().batches().tokensPerMicroBatch(),
            memory);
    device =
        new Device(
            plan.decoder(),
            plan.run().model().type(),
            plan.run().rules(),
            workers,
            buffers,
            plan.devicePlace(),
            plan.resources().faults());
    peers = new Peers(workers, plan.incarnation());
  }

  /**
   * @param appliedTo receives the actor that stores must tell about updates
   */
  static DeviceActors start(
      NodePlan plan,
      Backend backend,
      NativeMemory memory,
      Endpoints endpoints,
      Spawner spawner,
      ActorRef<ActorRef<ParameterStore.Applied>> appliedTo) {
    DeviceActors actors = new DeviceActors(plan, backend, memory);
    actors.startStages(endpoints, spawner);
    actors.startOthers(endpoints, spawner, appliedTo);
    return actors;
  }

  /** Whether the workers may compute for a host, too. */
  boolean isInHostMemory() {
    return memory.space().isHost();
  }

  WorkerPool workers() {
    return device.workers();
  }

  Directory.OfDevice directory(ActorRef<ParameterStore.Applied> applied) {
    return new Directory.OfDevice(plan.node(), admission, owners, applied);
  }

  void connect(Directory directory) {
    peers.connect(directory);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // arrays of references, read only by index
  private void startStages(Endpoints endpoints, Spawner spawner) {
    DispatcherSelector dispatcher = DispatcherSelector.fromConfig(WorkerPool.DISPATCHER);
    Decoder decoder = plan.decoder();
    ActorRef<DenseStage.Command>[] stages = new ActorRef[decoder.stages().size()];
    ActorRef<Expert.Command>[] experts = new ActorRef[decoder.owners().size()];
    for (int stage = 0; stage < stages.length; stage++) {
      StageWeights.Factory weights =
          plan.placement().nodeOfStage(stage) == plan.node()
              ? owned(stage, endpoints, spawner)
              : copied(stage);
      stages[stage] =
          spawner.spawn(
              decoder.stages().get(stage).owner().name(),
              DenseStage.create(device, peers, stage, endpoints.ofStage(stage), weights),
              dispatcher);
      for (int e = 0; e < decoder.stages().get(stage).experts().size(); e++) {
        int expert = decoder.ownerOf(stage, e);
        experts[expert] =
            spawner.spawn(
                decoder.owners().get(expert).name(),
                Expert.create(device, peers, stage, expert),
                dispatcher);
      }
    }
    peers.introduce(stages, experts);
  }

  private StageWeights.Factory copied(int stage) {
    return (self, tensors) -> new CopiedWeights(device, peers, stage, self, tensors);
  }

  /** Starts the owner of a stage, whose weights the stage on this device reads in place. */
  private StageWeights.Factory owned(int stage, Endpoints endpoints, Spawner spawner) {
    Owner owner = plan.decoder().stages().get(stage).owner();
    StepRules rules = plan.run().rules();
    ElementType type = plan.run().model().type();
    StageMemory shared =
        new StageMemory(owner.layout(), rules.replicas(), rules.versions(), type, memory);
    plan.allocated().run();
    WeightHistory weights = new WeightHistory(new OwnerState(owner, type, memory), type, memory);
    plan.allocated().run();
    owners.put(
        stage,
        spawner.spawn(
            "owner-" + owner.name(),
            StageOwner.create(
                device,
                peers,
                stage,
                new StageOwner.Start(weights, plan.step(), shared, endpoints.ofOwner(stage))),
            DispatcherSelector.defaultDispatcher()));
    return (self, tensors) -> new OwnWeights(peers, stage, shared, rules.bound() == 0);
  }

  private void startOthers(
      Endpoints endpoints, Spawner spawner, ActorRef<ActorRef<ParameterStore.Applied>> appliedTo) {
    DispatcherSelector control = DispatcherSelector.defaultDispatcher();
    admission = spawner.spawn(Admission.NAME, Admission.create(device, peers), control);
    DeviceScheduler.Start start =
        new DeviceScheduler.Start(
            plan.run().settings().lookahead(), endpoints.of(Endpoints.SCHEDULER), appliedTo);
    ActorRef<DeviceScheduler.Command> scheduler =
        spawner.spawn("scheduler", DeviceScheduler.create(device, peers, start), control);
    peers.introduce(scheduler, admission, endpoints.transport());
  }
}
