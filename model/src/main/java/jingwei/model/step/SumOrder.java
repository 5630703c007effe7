package jingwei.model.step;

/** The order in which the gradients of micro-batches are added up. */
public enum SumOrder {
  /** That of their numbers, so the sums have the same bits in every run. */
  FIXED,

  /** That in which they come. No setting selects it: it shows what the fixed order costs. */
  ARRIVAL
}
