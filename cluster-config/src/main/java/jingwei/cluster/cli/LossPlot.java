package jingwei.cluster.cli;

import java.util.ArrayList;
import java.util.List;

/** Plots the loss as a few lines of text. */
final class LossPlot {
  private static final int WIDTH = 60;
  private static final int HEIGHT = 8;

  private LossPlot() {}

  /** Lines from top to bottom; none for fewer than two finite losses. */
  static List<String> of(List<Double> losses) {
    List<Double> finite = losses.stream().filter(Double::isFinite).toList();
    if (finite.size() < 2) {
      return List.of();
    }
    double[] columns = new double[Math.min(WIDTH, finite.size())];
    for (int c = 0; c < columns.length; c++) {
      int from = c * finite.size() / columns.length;
      int to = Math.max(from + 1, (c + 1) * finite.size() / columns.length);
      columns[c] = finite.subList(from, to).stream().mapToDouble(d -> d).average().orElseThrow();
    }
    double low = Double.MAX_VALUE;
    double high = -Double.MAX_VALUE;
    for (double value : columns) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    double range = Math.max(high - low, 1e-9);
    List<String> lines = new ArrayList<>();
    for (int row = 0; row < HEIGHT; row++) {
      StringBuilder line = new StringBuilder();
      for (double value : columns) {
        long at = Math.round((high - value) / range * (HEIGHT - 1));
        line.append(at == row ? '*' : ' ');
      }
      String label =
          row == 0 || row == HEIGHT - 1 ? "%8.3f".formatted(row == 0 ? high : low) : " ".repeat(8);
      lines.add(label + " |" + line.toString().stripTrailing());
    }
    lines.add("    loss +" + "-".repeat(columns.length) + " step " + losses.size());
    return lines;
  }
}
