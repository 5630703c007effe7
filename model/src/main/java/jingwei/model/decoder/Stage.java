package jingwei.model.decoder;

import java.util.List;
import java.util.OptionalInt;
import jingwei.model.layer.RowBuffer;

/**
 * A part of a decoder; micro-batches go through the stages in order. One owner holds the dense
 * weights of a stage; experts have owners of their own. A stage knows formulas and sizes and holds
 * no values.
 */
public interface Stage {
  /** Holds the dense weights of the stage. */
  Owner owner();

  /** Index among the RRE layers, which selects the route table; empty without experts. */
  default OptionalInt layer() {
    return OptionalInt.empty();
  }

  /** Owners of the stage's experts, by expert; empty if it has none. */
  default List<Owner> experts() {
    return List.of();
  }

  /**
   * Allocates the memory for one micro-batch in flight.
   *
   * @param context what all stages share for this micro-batch
   * @param input the input of the stage, [N, D]
   */
  StagePass newPass(PassContext context, RowBuffer input);
}
