package jingwei.model.reference;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedCollection;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.OwnerState;
import jingwei.model.routing.RouteTable;

/** A decoder with all its weights and moments in one place, and its route tables. */
public final class ReferenceModel {
  private final Decoder decoder;
  private final List<RouteTable> routes;
  private final ElementType type;
  private final LinkedHashMap<String, OwnerState> states = new LinkedHashMap<>();

  /**
   * Takes the memory; weights are zero until {@link #initialise} or a checkpoint fills them.
   *
   * @param routes one table for each RRE block
   */
  public ReferenceModel(
      Decoder decoder, List<RouteTable> routes, ElementType type, NativeMemory memory) {
    if (routes.size() != decoder.shape().routedBlocks()) {
      throw new IllegalArgumentException(
          "routes=%d routedBlocks=%d".formatted(routes.size(), decoder.shape().routedBlocks()));
    }
    this.decoder = decoder;
    this.routes = List.copyOf(routes);
    this.type = type;
    for (Owner owner : decoder.owners()) {
      states.put(owner.name(), new OwnerState(owner, type, memory));
    }
  }

  /** Draws initial weights. */
  public void initialise(long seed) {
    states.values().forEach(state -> state.weights().initialise(seed, state.owner().name()));
  }

  public Decoder decoder() {
    return decoder;
  }

  public List<RouteTable> routes() {
    return routes;
  }

  public ElementType type() {
    return type;
  }

  /** Every owner's state, in the order of {@link Decoder#owners()}. */
  public SequencedCollection<OwnerState> states() {
    return states.sequencedValues();
  }

  public OwnerState state(String owner) {
    OwnerState state = states.get(owner);
    if (state == null) {
      throw new IllegalArgumentException("no owner=" + owner);
    }
    return state;
  }
}
