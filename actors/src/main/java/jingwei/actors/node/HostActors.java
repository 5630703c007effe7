package jingwei.actors.node;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.store.StoreTable;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.worker.CountedKernels;
import jingwei.actors.worker.WorkerPool;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.memory.NativeMemory;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.DispatcherSelector;

/** The actors of a host. */
final class HostActors {
  private HostActors() {}

  /** Workers of a host that is not a device: they only add up gradients and update experts. */
  static WorkerPool workers(NodePlan plan, NativeMemory memory) {
    Decoder decoder = plan.decoder();
    List<Workspace> workspaces = new ArrayList<>();
    for (int i = 0; i < plan.resources().workers(); i++) {
      workspaces.add(
          new Workspace(
              decoder,
              new CountedKernels(
                  plan.run().rules().precision().kernels(memory, Workspace.largestSide(decoder, 1)),
                  plan.resources().progress()),
              plan.run().model().type(),
              1,
              memory));
      plan.allocated().run();
    }
    return new WorkerPool(workspaces, plan.resources().progress());
  }

  /** Starts the store of the experts that the placement gives this node. */
  static ActorRef<ParameterStore.Command> start(
      NodePlan plan,
      WorkerPool workers,
      NativeMemory memory,
      TensorExchange.Endpoint endpoint,
      Spawner spawner) {
    ModelPlan model = plan.run().model();
    return spawner.spawn(
        "store",
        ParameterStore.create(
            new ParameterStore.Dependencies(
                new StoreTable(
                    plan.decoder(),
                    plan.placement().expertsOf(plan.node()),
                    model.type(),
                    model.initialWeights(),
                    memory),
                plan.run().rules(),
                plan.resources().faults(),
                workers,
                DispatcherSelector.fromConfig(WorkerPool.DISPATCHER),
                endpoint,
                plan.incarnation())),
        DispatcherSelector.defaultDispatcher());
  }
}
