package jingwei.model.decoder;

import java.util.List;
import jingwei.model.layer.RowBuffer;

/**
 * A part of a decoder that micro-batches go through in order. One owner holds its dense weights;
 * experts have owners of their own. A stage knows formulas and sizes and holds no number.
 */
public interface Stage {
  /** Holds the dense weights of the stage. */
  Owner owner();

  /** Owners of the stage's experts, by expert; empty where the stage has none. */
  default List<Owner> experts() {
    return List.of();
  }

  /**
   * Takes the memory for one micro-batch in flight.
   *
   * @param context what all stages share for this micro-batch
   * @param input what the stage reads, [N, D]
   */
  StagePass newPass(PassContext context, RowBuffer input);
}
