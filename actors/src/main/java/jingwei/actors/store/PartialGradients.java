package jingwei.actors.store;

import jingwei.actors.step.Incarnation;
import jingwei.actors.store.StoredExpert.PartialGradient;
import jingwei.actors.store.StoredExpert.PartialKey;
import jingwei.actors.transport.TensorExchange;

/**
 * Keeps the partial gradients of evicted experts until their devices fetch them. Belongs to the
 * store.
 */
final class PartialGradients {
  private final StoreTable table;
  private final TensorExchange tensors;
  private final Incarnation incarnation;
  private final int replicas;

  /**
   * @param replicas of the run; a device sends the sums of some of them
   */
  PartialGradients(
      StoreTable table, TensorExchange tensors, Incarnation incarnation, int replicas) {
    this.table = table;
    this.tensors = tensors;
    this.incarnation = incarnation;
    this.replicas = replicas;
  }

  void on(ParameterStore.FetchPartial fetch) {
    StoredExpert expert = table.expert(fetch.owner(), fetch.step());
    PartialGradient partial = partial(expert, fetch.step(), fetch.device());
    if (partial.fetch != null) {
      incarnation.strays().doubled();
      return;
    }
    partial.fetch = fetch;
    sendIfComplete(expert, partial);
  }

  void on(ParameterStore.KeepPartial keep) {
    StoredExpert expert = table.expert(keep.owner(), keep.step());
    table.requireSums(keep.sums(), 1, replicas);
    PartialGradient partial = partial(expert, keep.step(), keep.device());
    if (partial.sums != null) {
      incarnation.strays().doubled();
      return;
    }
    partial.sums = table.takeSums(keep.sums().elements());
    tensors.receive(
        keep.sums(),
        partial.sums,
        () -> {
          partial.hasArrived = true;
          sendIfComplete(expert, partial);
        });
    keep.readyTo().tell(new ParameterStore.Ready(keep.sums()));
  }

  private static PartialGradient partial(StoredExpert expert, long step, int device) {
    return expert
        .partials()
        .computeIfAbsent(new PartialKey(step, device), key -> new PartialGradient());
  }

  /** Sends a partial gradient back if it has arrived and was requested. */
  private void sendIfComplete(StoredExpert expert, PartialGradient partial) {
    ParameterStore.FetchPartial fetch = partial.fetch;
    if (partial.hasArrived && fetch != null) {
      expert.partials().remove(new PartialKey(fetch.step(), fetch.device()));
      tensors.send(
          fetch.sums(),
          fetch.sums().transfer().node(),
          partial.sums,
          () -> table.giveBack(partial.sums));
    }
  }
}
