package jingwei.cluster.cli;

import jingwei.model.corpus.RejectedRow;

/** Tells of rows that cannot be used, where no run's folder keeps the list. */
final class LeftOut {
  private LeftOut() {}

  static void tell(RejectedRow row) {
    System.err.println("left out: " + row.description());
  }
}
