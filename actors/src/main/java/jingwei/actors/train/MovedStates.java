package jingwei.actors.train;

import java.util.BitSet;
import java.util.List;
import java.util.Set;
import jingwei.actors.state.StateCourier;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import jingwei.model.state.WeightHistory;

/**
 * The states of owners on other nodes, moved one at a time through staging memory. Those of initial
 * experts are drawn here instead. The trainer's thread and the courier use it in turns: a message
 * passes it on.
 */
final class MovedStates implements StateSource, StateCourier.Staging, AutoCloseable {
  private StateSource from;
  private final Decoder decoder;
  private final List<RouteTable> routes;
  private final ElementType type;
  private final InitialWeights initialWeights;

  /** Experts that no committed step has updated. */
  private final BitSet initial = new BitSet();

  private final Mover mover;
  private final NativeMemory memory;
  private final OwnerStaging staging;
  private WeightHistory moving;

  /** Asks the courier, and waits for its answer. */
  interface Mover {
    OwnerClock clock(int owner);

    /** Moves the state of an owner into the staging memory. */
    void bring(int owner);
  }

  /**
   * @param from the states that the owners have at the start
   * @param mostOlder most older versions of one owner's weights
   */
  MovedStates(StateSource from, int mostOlder, Mover mover) {
    this.from = from;
    this.decoder = from.decoder();
    this.routes = from.routes();
    this.type = from.type();
    this.initialWeights = from.initialWeights();
    for (int owner = 0; owner < decoder.owners().size(); owner++) {
      initial.set(owner, from.isInitial(owner));
    }
    this.mover = mover;
    this.memory = new NativeMemory("states", OwnerStaging.bytes(decoder, type, mostOlder));
    try {
      this.staging = new OwnerStaging(from.decoder(), from.type(), memory);
      // so that its bytes are counted from the start
      room(decoder.embeddingOwner(), OwnerClock.START);
    } catch (RuntimeException | Error e) {
      memory.close();
      throw e;
    }
  }

  @Override
  public Decoder decoder() {
    return decoder;
  }

  @Override
  public List<RouteTable> routes() {
    return routes;
  }

  @Override
  public ElementType type() {
    return type;
  }

  @Override
  public OwnerClock clock(int owner) {
    return isInitial(owner) ? OwnerClock.START : mover.clock(owner);
  }

  @Override
  public InitialWeights initialWeights() {
    return initialWeights;
  }

  @Override
  public boolean isInitial(int owner) {
    return initial.get(owner);
  }

  @Override
  public WeightHistory of(int owner) {
    if (isInitial(owner)) {
      initialWeights.draw(room(owner, OwnerClock.START).state());
    } else {
      mover.bring(owner);
    }
    return moving;
  }

  /** A step that updated these owners is committed. */
  void updated(Set<Integer> owners) {
    owners.forEach(initial::clear);
  }

  /** All owners have the states that they start with. */
  void areTaken() {
    from = null; // its memory may be closed
    moving = null;
  }

  /** Reads the state that an owner starts with, so that the courier can take it there. */
  void take(int owner) {
    moving = from.of(owner);
  }

  @Override
  public WeightHistory room(int owner, OwnerClock clock) {
    moving = staging.begin(decoder.owners().get(owner), clock);
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
