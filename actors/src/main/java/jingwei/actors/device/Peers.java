package jingwei.actors.device;

import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.worker.WorkerPool;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Who is who on a device. Filled in by whoever starts the actors, before the first message; only
 * read afterwards.
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
   * @param workers counts what waits for them
   */
  public Peers(WorkerPool workers) {
    this.workers = workers;
  }

  /** Takes everybody in; arrays are by stage, and by owner index with gaps for dense owners. */
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

  /** The coordinator says where owners report to, before it lets the first micro-batch in. */
  public void coordinatorIs(ActorRef<StepEvent> events) {
    coordinator = events;
  }

  /** Stage 0 is the embedding with the head, then a stage for each block, then the output. */
  public ActorRef<DenseStage.Command> stage(int index) {
    return stages[index];
  }

  public int numStages() {
    return stages.length;
  }

  /** Sends a micro-batch on its way. */
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
