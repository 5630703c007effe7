package jingwei.actors.device;

import jingwei.actors.step.Incarnation;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The actors of a device and the actors that they talk to. The node fills it before the first
 * message about a step; afterwards it is only read.
 */
public final class Peers {
  private final WorkerPool workers;
  private final Incarnation incarnation;
  private ActorRef<DenseStage.Command>[] stages;
  private ActorRef<Expert.Command>[] experts;
  private ActorRef<DeviceScheduler.Command> scheduler;
  private ActorRef<Admission.Command> admission;
  private ActorRef<TensorTransport.Command> transport;
  private Directory directory;
  private ActorRef<ParameterStore.Command>[] stores;
  private ActorRef<StageOwner.Command>[] owners;

  /**
   * @param workers counts the work that waits for a worker
   * @param incarnation of the session
   */
  public Peers(WorkerPool workers, Incarnation incarnation) {
    this.workers = workers;
    this.incarnation = incarnation;
  }

  /**
   * Sets the stages and experts of this device.
   *
   * @param allStages by stage
   * @param allExperts by owner index, null for dense owners
   */
  public void introduce(
      ActorRef<DenseStage.Command>[] allStages, ActorRef<Expert.Command>[] allExperts) {
    stages = allStages.clone();
    experts = allExperts.clone();
  }

  /** Sets the other actors of this device. */
  public void introduce(
      ActorRef<DeviceScheduler.Command> theScheduler,
      ActorRef<Admission.Command> theAdmission,
      ActorRef<TensorTransport.Command> theTransport) {
    scheduler = theScheduler;
    admission = theAdmission;
    transport = theTransport;
  }

  /** Sets the actors of other nodes. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of references, read only by index
  public void connect(Directory others) {
    directory = others;
    stores = new ActorRef[experts.length];
    owners = new ActorRef[stages.length];
    for (int stage = 0; stage < stages.length; stage++) {
      owners[stage] = others.owner(stage);
    }
    for (int owner = 0; owner < experts.length; owner++) {
      stores[owner] = experts[owner] == null ? null : others.storeOf(owner);
    }
  }

  /** A stage by its index in the decoder; stage 0 is the embedding with the head. */
  ActorRef<DenseStage.Command> stage(int index) {
    return stages[index];
  }

  int numStages() {
    return stages.length;
  }

  void beginAtStages(long step) {
    for (ActorRef<DenseStage.Command> stage : stages) {
      stage.tell(new DenseStage.Begin(step));
    }
  }

  /** Sends a stage a piece of work. */
  void work(int stage, DenseStage.Command work) {
    workers.sent();
    stages[stage].tell(work);
  }

  /** Sends an expert a piece of work. */
  void work(int owner, Expert.Compute work) {
    workers.sent();
    experts[owner].tell(work);
  }

  ActorRef<Expert.Command> expert(int owner) {
    return experts[owner];
  }

  ActorRef<DeviceScheduler.Command> scheduler() {
    return scheduler;
  }

  /** Tells the entrance of the device that a stage is done with a micro-batch. */
  void passed(MicroBatchRef microBatch, int stage) {
    admission.tell(new Admission.Passed(microBatch, stage));
  }

  ActorRef<TensorTransport.Command> transport() {
    return transport;
  }

  /** The store that keeps an expert. */
  ActorRef<ParameterStore.Command> store(int expert) {
    return stores[expert];
  }

  /** Number of the node that keeps an expert. */
  int hostOf(int expert) {
    return directory.placement().hostOfExpert(expert);
  }

  /** The actor that owns a stage, on this device or on another one. */
  ActorRef<StageOwner.Command> owner(int stage) {
    return owners[stage];
  }

  Directory directory() {
    return directory;
  }

  /** The incarnation of the session that the device works for. */
  Incarnation incarnation() {
    return incarnation;
  }

  ActorRef<StepEvent> coordinator() {
    return directory.coordinator();
  }
}
