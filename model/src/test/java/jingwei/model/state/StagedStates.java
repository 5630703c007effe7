package jingwei.model.state;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;

/** Copies each owner of another source into one staging memory, and counts what is asked for. */
public final class StagedStates implements StateSource {
  private final StateSource source;
  private final OwnerStaging staging;
  private final List<Integer> asked = new ArrayList<>();

  public StagedStates(StateSource source, NativeMemory memory) {
    this.source = source;
    this.staging = new OwnerStaging(source.decoder(), source.type(), memory);
  }

  /** The owners that were asked for, in order. */
  public List<Integer> asked() {
    return List.copyOf(asked);
  }

  @Override
  public Decoder decoder() {
    return source.decoder();
  }

  @Override
  public List<RouteTable> routes() {
    return source.routes();
  }

  @Override
  public ElementType type() {
    return source.type();
  }

  @Override
  public OwnerClock clock(int owner) {
    return source.clock(owner);
  }

  @Override
  public InitialWeights initialWeights() {
    return source.initialWeights();
  }

  @Override
  public boolean isInitial(int owner) {
    return source.isInitial(owner);
  }

  @Override
  public WeightHistory of(int owner) {
    asked.add(owner);
    WeightHistory staged = staging.begin(decoder().owners().get(owner), clock(owner));
    staged.copyFrom(source.of(owner));
    return staged;
  }
}
