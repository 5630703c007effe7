package jingwei.model.corpus;

import java.util.List;

/**
 * The rows that could not be used.
 *
 * @param first the first few of them
 * @param total number of these rows
 * @param rows number of all rows that were read, including these
 */
public record Rejections(List<RejectedRow> first, long total, long rows) {
  public static final Rejections NONE = new Rejections(List.of(), 0, 0);

  public Rejections {
    first = List.copyOf(first);
  }
}
