package jingwei.cluster.cli;

import jingwei.model.corpus.RejectedRow;

/** Reports unusable rows for commands without a run folder. */
final class LeftOut {
  private LeftOut() {}

  static void tell(RejectedRow row) {
    System.err.println("left out: " + row.description());
  }
}
