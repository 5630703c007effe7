package jingwei.model.state;

import java.util.List;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteTable;

/**
 * Gives the state of a model owner by owner: weights, moments, counts and older versions. A source
 * need not hold more than one owner in memory. The owners may be asked for in any order.
 */
public interface StateSource {
  /** The owners, and the shapes of their weights. */
  Decoder decoder();

  /** One table for each RRE block. */
  List<RouteTable> routes();

  /** Element type of weights and moments. */
  ElementType type();

  /**
   * The counts of an owner, without its weights.
   *
   * @param owner index among {@link Decoder#owners()}
   */
  OwnerClock clock(int owner);

  /** The rule by which the weights of initial experts can be drawn again. */
  InitialWeights initialWeights();

  /**
   * Whether an owner is an expert as it was drawn: it was never updated, and its weights follow
   * from {@link #initialWeights()} and its name. Such an expert is neither stored nor moved. Dense
   * stages are always stored.
   *
   * @param owner index among {@link Decoder#owners()}
   */
  boolean isInitial(int owner);

  /**
   * The state of an owner, for reading. It is valid until the next call of this method, which may
   * put another owner into the same memory.
   *
   * @param owner index among {@link Decoder#owners()}
   */
  WeightHistory of(int owner);
}
