package jingwei.model.state;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntPredicate;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;

/**
 * A decoder with the weights and moments of all owners in memory, and its route tables. As a {@link
 * StateSource} it gives the live states.
 */
public final class ModelState implements StateSource {
  private final Decoder decoder;
  private final List<RouteTable> routes;
  private final ElementType type;
  private final List<OwnerState> states = new ArrayList<>();
  private final List<WeightHistory> histories = new ArrayList<>();
  private final Map<String, OwnerState> byName = new HashMap<>();
  private InitialWeights initialWeights = new InitialWeights(0);

  /** Experts that had initial weights when this state was filled. */
  private final BitSet drawn = new BitSet();

  /**
   * Allocates the state; weights are zero until {@link #initialise} or {@link #fill} sets them.
   *
   * @param routes one table for each RRE block
   */
  public ModelState(
      Decoder decoder, List<RouteTable> routes, ElementType type, NativeMemory memory) {
    this(decoder, routes, type, owner -> memory);
  }

  /**
   * The same, with a memory chosen for each owner.
   *
   * @param memoryOf the memory for an owner's weights and moments
   */
  public ModelState(
      Decoder decoder,
      List<RouteTable> routes,
      ElementType type,
      Function<Owner, NativeMemory> memoryOf) {
    if (routes.size() != decoder.shape().routedBlocks()) {
      throw new IllegalArgumentException(
          "routes=%d routedBlocks=%d".formatted(routes.size(), decoder.shape().routedBlocks()));
    }
    this.decoder = decoder;
    this.routes = List.copyOf(routes);
    this.type = type;
    for (Owner owner : decoder.owners()) {
      NativeMemory memory = memoryOf.apply(owner);
      OwnerState state = new OwnerState(owner, type, memory);
      states.add(state);
      histories.add(new WeightHistory(state, type, memory));
      byName.put(owner.name(), state);
    }
  }

  /**
   * Draws the route table of every RRE block.
   *
   * @param counts see {@link RouteTable#draw}
   */
  public static List<RouteTable> drawRoutes(
      DecoderShape shape, RouteMode mode, long seed, long[][] counts) {
    List<RouteTable> routes = new ArrayList<>();
    for (int layer = 0; layer < shape.routedBlocks(); layer++) {
      routes.add(
          RouteTable.draw(
              mode,
              seed,
              layer,
              shape.domains(),
              shape.expertsPerDomain(),
              shape.vocabulary(),
              counts));
    }
    return routes;
  }

  /** Draws initial weights. */
  public void initialise(long seed) {
    startFrom(new InitialWeights(seed), owner -> states.get(owner).owner().isExpert());
    states.forEach(initialWeights::draw);
  }

  /**
   * Says which experts have initial weights; the caller fills all states.
   *
   * @param rule of their weights
   * @param isInitial by owner index
   */
  public void startFrom(InitialWeights rule, IntPredicate isInitial) {
    initialWeights = rule;
    for (int owner = 0; owner < states.size(); owner++) {
      drawn.set(owner, isInitial.test(owner));
    }
  }

  /**
   * Copies the states of all owners, one owner at a time.
   *
   * @param source states of the same shape and type
   */
  public void fill(StateSource source) {
    if (!source.decoder().shape().equals(decoder.shape()) || source.type() != type) {
      throw new IllegalArgumentException(
          "source=%s %s model=%s %s"
              .formatted(source.decoder().shape(), source.type(), decoder.shape(), type));
    }
    startFrom(source.initialWeights(), source::isInitial);
    for (int owner = 0; owner < histories.size(); owner++) {
      histories.get(owner).copyFrom(source.of(owner));
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
    return histories.get(owner).clock();
  }

  @Override
  public InitialWeights initialWeights() {
    return initialWeights;
  }

  @Override
  public boolean isInitial(int owner) {
    return drawn.get(owner) && clock(owner).equals(OwnerClock.START);
  }

  @Override
  public WeightHistory of(int owner) {
    return histories.get(owner);
  }

  /** Every owner's state, in the order of {@link Decoder#owners()}. */
  public List<OwnerState> states() {
    return Collections.unmodifiableList(states);
  }

  /** The versions of every owner's weights that are still read, in the same order. */
  public List<WeightHistory> histories() {
    return Collections.unmodifiableList(histories);
  }

  public OwnerState state(String owner) {
    OwnerState state = byName.get(owner);
    if (state == null) {
      throw new IllegalArgumentException("no owner=" + owner);
    }
    return state;
  }
}
