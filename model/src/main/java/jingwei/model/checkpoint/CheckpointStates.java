package jingwei.model.checkpoint;

import java.util.List;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;
import jingwei.model.state.WeightHistory;

/** Reads the states of a checkpoint, one owner at a time into the same memory. */
final class CheckpointStates implements StateSource {
  private final StoredStates stored;
  private final List<RouteTable> routes;
  private final ElementType type;
  private final OwnerStaging staging;

  CheckpointStates(
      StoredStates stored, List<RouteTable> routes, ElementType type, NativeMemory memory) {
    this.stored = stored;
    this.routes = List.copyOf(routes);
    this.type = type;
    this.staging = new OwnerStaging(stored.decoder(), type, memory);
  }

  @Override
  public Decoder decoder() {
    return stored.decoder();
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
    return stored.clock(owner);
  }

  @Override
  public InitialWeights initialWeights() {
    return stored.initialWeights();
  }

  @Override
  public boolean isInitial(int owner) {
    return stored.isInitial(owner);
  }

  @Override
  public WeightHistory of(int owner) {
    WeightHistory history = staging.begin(decoder().owners().get(owner), clock(owner));
    stored.read(owner, history);
    return history;
  }
}
