package jingwei.model.corpus;

import java.util.List;

/**
 * The rows that could not be used.
 *
 * @param first the first of them, a few
 * @param total all of them
 * @param rows all rows that were read, these among them
 */
public record Rejections(List<RejectedRow> first, long total, long rows) {
  public static final Rejections NONE = new Rejections(List.of(), 0, 0);

  public Rejections {
    first = List.copyOf(first);
  }
}
