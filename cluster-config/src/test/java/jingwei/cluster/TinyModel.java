package jingwei.cluster;

import java.util.ArrayList;
import java.util.List;

/** The configuration of the smallest model with all kinds of blocks. */
public final class TinyModel {
  private static final List<String> BLOCKS =
      List.of(
          "model.heads=2",
          "model.denseBlocks=1",
          "model.routedBlocks=1",
          "model.expertsPerDomain=2",
          "batch.rows=4");

  private TinyModel() {}

  /** Its values, as {@code key=value}, with additional ones. */
  public static List<String> with(String... more) {
    List<String> all = new ArrayList<>(BLOCKS);
    all.addAll(List.of(more));
    return List.copyOf(all);
  }
}
