package jingwei.actors.train;

import java.util.List;
import java.util.function.IntConsumer;
import jingwei.actors.state.StateCourier;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import jingwei.model.state.WeightHistory;

/**
 * The states of owners on other nodes, moved one at a time through staging memory. The trainer's
 * thread and the courier use it in turns: a message passes it on.
 */
final class MovedStates implements StateSource, StateCourier.Staging, AutoCloseable {
  private final StateSource from;
  private final IntConsumer bring;
  private final NativeMemory memory = NativeMemory.unbounded("states");
  private final OwnerStaging staging;
  private WeightHistory moving;

  /**
   * @param from the states that the owners have at the start
   * @param bring moves the state of an owner into the staging memory, and waits until it is there
   */
  MovedStates(StateSource from, IntConsumer bring) {
    this.from = from;
    this.bring = bring;
    this.staging = new OwnerStaging(from.decoder(), from.type(), memory);
  }

  @Override
  public Decoder decoder() {
    return from.decoder();
  }

  @Override
  public List<RouteTable> routes() {
    return from.routes();
  }

  @Override
  public ElementType type() {
    return from.type();
  }

  @Override
  public OwnerClock clock(int owner) {
    return of(owner).clock();
  }

  @Override
  public WeightHistory of(int owner) {
    bring.accept(owner);
    return moving;
  }

  /** Reads the state that an owner has at the start. */
  void take(int owner) {
    moving = from.of(owner);
  }

  @Override
  public WeightHistory room(int owner, OwnerClock clock) {
    moving = staging.begin(from.decoder().owners().get(owner), clock);
    return moving;
  }

  @Override
  public WeightHistory filled(int owner) {
    return moving;
  }

  /** Bytes of the staging memory. */
  long bytes() {
    return memory.usedBytes();
  }

  @Override
  public void close() {
    memory.close();
  }
}
