package jingwei.bench.chart;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Lines over two axes, as an SVG picture, with the name of each line at its end. */
public final class LineChart {
  private static final int WIDTH = 680;
  private static final int HEIGHT = 360;
  private static final int LEFT = 64;
  private static final int RIGHT = 490;
  private static final int TOP = 24;
  private static final int BOTTOM = 304;

  /** Least distance of two names, in pixels. */
  private static final double NAME_DISTANCE = 15;

  private static final int TICKS = 4;

  private static final List<String> COLOURS =
      List.of("#00599c", "#b35900", "#2e7d32", "#7b1fa2", "#c62828", "#455a64");

  private final String xName;
  private final String yName;
  private final List<Line> lines = new ArrayList<>();

  /** A point of a line. */
  public record Point(double x, double y) {}

  private record Line(String name, List<Point> points) {}

  /** Axes with these names. */
  public LineChart(String xName, String yName) {
    this.xName = xName;
    this.yName = yName;
  }

  /**
   * Adds a line.
   *
   * @throws IllegalArgumentException if it has no point
   */
  public void add(String name, List<Point> points) {
    if (points.isEmpty()) {
      throw new IllegalArgumentException(name + " has no point");
    }
    lines.add(new Line(name, List.copyOf(points)));
  }

  /**
   * The picture.
   *
   * @throws IllegalStateException if there is no line
   */
  public String svg() {
    if (lines.isEmpty()) {
      throw new IllegalStateException("no line");
    }
    Axis x =
        Axis.of(
            lines.stream().flatMap(line -> line.points.stream()).map(Point::x).toList(),
            LEFT,
            RIGHT);
    Axis y =
        Axis.of(
            lines.stream().flatMap(line -> line.points.stream()).map(Point::y).toList(),
            BOTTOM,
            TOP);
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n"
            .formatted(WIDTH, HEIGHT));
    axes(svg, x, y);
    List<Line> order = new ArrayList<>(lines);
    order.sort(Comparator.comparingDouble(line -> y.at(line.points.getLast().y)));
    double nameAt = 0;
    for (Line line : order) {
      String colour = COLOURS.get(lines.indexOf(line) % COLOURS.size());
      svg.append(
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"".formatted(colour));
      for (Point point : line.points) {
        svg.append("%.1f,%.1f ".formatted(x.at(point.x), y.at(point.y)));
      }
      svg.append("\"/>%n".formatted());
      Point last = line.points.getLast();
      nameAt = Math.max(nameAt + NAME_DISTANCE, y.at(last.y) + 4);
      svg.append(
          "<text x=\"%.0f\" y=\"%.1f\" fill=\"%s\">%s, %.3f</text>%n"
              .formatted(x.at(last.x) + 10, nameAt, colour, line.name, last.y));
    }
    return svg.append("</svg>%n".formatted()).toString();
  }

  private void axes(StringBuilder svg, Axis x, Axis y) {
    for (int tick = 0; tick <= TICKS; tick++) {
      double value = y.value(tick);
      svg.append(
          "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>%n"
              .formatted(LEFT, y.at(value), RIGHT, y.at(value), LEFT - 8, y.at(value) + 4, value));
      svg.append(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.2f</text>%n"
              .formatted(x.at(x.value(tick)), BOTTOM + 20, x.value(tick)));
    }
    svg.append(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n"
            .formatted((LEFT + RIGHT) / 2, BOTTOM + 42, xName));
    int middle = (TOP + BOTTOM) / 2;
    svg.append(
        "<text x=\"14\" y=\"%d\" transform=\"rotate(-90 14 %d)\" text-anchor=\"middle\">%s</text>%n"
            .formatted(middle, middle, yName));
  }

  /** From values to pixels. */
  private record Axis(double least, double most, int from, int to) {
    static Axis of(List<Double> values, int from, int to) {
      double least = values.stream().min(Double::compare).orElseThrow();
      double most = values.stream().max(Double::compare).orElseThrow();
      return new Axis(least, most > least ? most : least + 1, from, to);
    }

    double at(double value) {
      return from + (value - least) / (most - least) * (to - from);
    }

    double value(int tick) {
      return least + (most - least) * tick / TICKS;
    }
  }
}
