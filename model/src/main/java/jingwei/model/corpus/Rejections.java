package jingwei.model.corpus;

import java.util.List;

/**
 * The rows that could not be read.
 *
 * @param rows the first of them
 * @param total all of them, kept or not
 */
public record Rejections(List<RejectedRow> rows, long total) {
  public static final Rejections NONE = new Rejections(List.of(), 0);

  public Rejections {
    rows = List.copyOf(rows);
  }
}
