package jingwei.actors.device;

import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The actors of a device and the actors that they talk to. The session fills it before the first
 * message; afterwards it is only read.
 */
public final class Peers {
  private final WorkerPool workers;
  private ActorRef<DenseStage.Command>[] stages;
  private ActorRef<Expert.Command>[] experts;
  private ActorRef<DeviceScheduler.Command> scheduler;
  private ActorRef<ParameterStore.Command> store;
  private ActorRef<TensorTransport.Command> transport;
  private ActorRef<StepEvent> coordinator;

  /**
   * @param workers counts the work that waits for a worker
   */
  public Peers(WorkerPool workers) {
    this.workers = workers;
  }

  /**
   * Sets all actors except the coordinator.
   *
   * @param allStages by stage
   * @param allExperts by owner index, null for dense owners
   */
  public void introduce(
      ActorRef<DenseStage.Command>[] allStages,
      ActorRef<Expert.Command>[] allExperts,
      ActorRef<DeviceScheduler.Command> theScheduler,
      ActorRef<ParameterStore.Command> theStore,
      ActorRef<TensorTransport.Command> theTransport) {
    stages = allStages.clone();
    experts = allExperts.clone();
    scheduler = theScheduler;
    store = theStore;
    transport = theTransport;
  }

  /** Sets the recipient of reports; the coordinator calls it before the first micro-batch. */
  public void coordinatorIs(ActorRef<StepEvent> events) {
    coordinator = events;
  }

  /** A stage by its index in the decoder; stage 0 is the embedding with the head. */
  public ActorRef<DenseStage.Command> stage(int index) {
    return stages[index];
  }

  public int numStages() {
    return stages.length;
  }

  /** Sends a micro-batch to the first stage. */
  public void admit(MicroBatchRef microBatch) {
    work(0, new DenseStage.Forward(microBatch));
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

  public ActorRef<DeviceScheduler.Command> scheduler() {
    return scheduler;
  }

  public ActorRef<ParameterStore.Command> store() {
    return store;
  }

  ActorRef<TensorTransport.Command> transport() {
    return transport;
  }

  public ActorRef<StepEvent> coordinator() {
    return coordinator;
  }
}
