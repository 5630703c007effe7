package jingwei.actors.state;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import jingwei.actors.step.Incarnation;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.WeightHistory;

/**
 * Answers requests to read or fill the states of owners, for the actor that has them. No step may
 * be open.
 */
public final class StateExchange {
  private final TensorExchange tensors;
  private final Incarnation incarnation;
  private final int mostOlder;
  private long newest;

  /**
   * @param tensors sends and receives for the actor
   * @param incarnation of the session
   * @param mostStale greatest staleness of weights, in steps
   */
  public StateExchange(TensorExchange tensors, Incarnation incarnation, int mostStale) {
    this.tensors = tensors;
    this.incarnation = incarnation;
    this.mostOlder = mostStale + 1;
  }

  /**
   * Handles a request. One that is foreign, late or doubled is counted.
   *
   * @param history of the owner that the request names
   * @throws IllegalStateException if the request names another number of parts than the state has,
   *     or more older weights than steps may read
   */
  public void on(StateRequest request, WeightHistory history) {
    on(request, history::clock, () -> history);
  }

  /**
   * The same for a state that may have no memory yet.
   *
   * @param clock counts of the owner
   * @param state takes memory if it has none; called if parts are read or filled
   */
  public void on(StateRequest request, Supplier<OwnerClock> clock, Supplier<WeightHistory> state) {
    if (!isNew(request)) {
      return;
    }
    switch (request) {
      case StateRequest.Describe describe ->
          describe
              .replyTo()
              .tell(
                  new StateReply.Described(
                      incarnation.number(), describe.number(), describe.owner(), clock.get()));
      case StateRequest.Give give -> give(give, state.get());
      case StateRequest.Fill fill -> fill(fill, state.get());
    }
  }

  /** All requests have one sender, which numbers them. */
  private boolean isNew(StateRequest request) {
    if (incarnation.isForeign(request) || !incarnation.isNew(request.number(), newest)) {
      return false;
    }
    newest = request.number();
    return true;
  }

  private void give(StateRequest.Give give, WeightHistory history) {
    List<Matrix> parts = StateParts.of(history);
    requireAll(give.parts(), parts.size());
    for (int i = 0; i < parts.size(); i++) {
      TensorRef tensor = give.parts().get(i);
      tensors.send(tensor, tensor.transfer().node(), parts.get(i), () -> {});
    }
  }

  private void fill(StateRequest.Fill fill, WeightHistory history) {
    int older = fill.clock().older().size();
    if (older > mostOlder) {
      throw new IllegalStateException(
          "a state with %d older weights is announced, but at most %d are kept"
              .formatted(older, mostOlder));
    }
    requireAll(fill.parts(), StateParts.number(fill.clock()));
    history.setClock(fill.clock());
    List<Matrix> parts = StateParts.of(history);
    AtomicInteger missing = new AtomicInteger(parts.size());
    for (int i = 0; i < parts.size(); i++) {
      TensorRef tensor = fill.parts().get(i);
      tensors.receive(
          tensor,
          parts.get(i),
          () -> {
            if (missing.decrementAndGet() == 0) {
              fill.replyTo()
                  .tell(new StateReply.Filled(incarnation.number(), fill.number(), fill.owner()));
            }
          });
      fill.replyTo().tell(new StateReply.Ready(fill.number(), fill.owner(), tensor));
    }
  }

  private static void requireAll(List<TensorRef> named, int parts) {
    if (named.size() != parts) {
      throw new IllegalStateException(
          "a state has %d parts, but %d are named".formatted(parts, named.size()));
    }
  }
}
