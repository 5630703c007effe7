package jingwei.model.state;

import java.util.List;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;

/** The states of a new model: initial weights drawn by a seed, moments of zero. */
public final class InitialStates implements StateSource {
  private final Decoder decoder;
  private final List<RouteTable> routes;
  private final ElementType type;
  private final InitialWeights initialWeights;
  private final OwnerStaging staging;

  /**
   * @param routes one table for each RRE block
   * @param staging memory for one owner at a time; see {@link OwnerStaging#bytes}
   */
  public InitialStates(
      Decoder decoder, List<RouteTable> routes, ElementType type, long seed, NativeMemory staging) {
    this.decoder = decoder;
    this.routes = List.copyOf(routes);
    this.type = type;
    this.initialWeights = new InitialWeights(seed);
    this.staging = new OwnerStaging(decoder, type, staging);
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
    return OwnerClock.START;
  }

  @Override
  public InitialWeights initialWeights() {
    return initialWeights;
  }

  @Override
  public boolean isInitial(int owner) {
    return decoder.owners().get(owner).isExpert();
  }

  @Override
  public WeightHistory of(int owner) {
    WeightHistory history = staging.begin(decoder.owners().get(owner), OwnerClock.START);
    initialWeights.draw(history.state());
    return history;
  }
}
