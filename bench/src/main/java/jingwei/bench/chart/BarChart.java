package jingwei.bench.chart;

import java.util.ArrayList;
import java.util.List;

/** Horizontal bars with names and values, in groups, as an SVG picture. */
public final class BarChart {
  private static final int WIDTH = 640;
  private static final int NAMES = 250;
  private static final int LONGEST = 300;
  private static final int ROW = 20;
  private static final int BAR = 13;
  private static final int HEADING = 30;
  private static final List<String> COLOURS = List.of("#9e9e9e", "#00599c");

  private final List<Group> groups = new ArrayList<>();

  private record Bar(String name, double value, boolean isOurs) {}

  private record Group(String heading, List<Bar> bars) {}

  /** Begins a group of bars. */
  public void group(String heading) {
    groups.add(new Group(heading, new ArrayList<>()));
  }

  /**
   * Adds a bar to the group that was begun last.
   *
   * @param value above zero
   * @param isOurs in the colour of what is shown, rather than of what it is compared with
   */
  public void add(String name, double value, boolean isOurs) {
    groups.getLast().bars.add(new Bar(name, value, isOurs));
  }

  /** The picture; its bars are as long as their values, in all groups. */
  public String svg() {
    double most =
        groups.stream()
            .flatMap(group -> group.bars.stream())
            .mapToDouble(Bar::value)
            .max()
            .orElse(1);
    StringBuilder bars = new StringBuilder();
    int y = 0;
    for (Group group : groups) {
      y += HEADING;
      bars.append(
          "<text x=\"8\" y=\"%d\" font-weight=\"bold\">%s</text>%n"
              .formatted(y - 8, group.heading));
      for (Bar bar : group.bars) {
        double length = bar.value / most * LONGEST;
        bars.append(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text><rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/><text x=\"%.1f\" y=\"%d\">%,.0f</text>%n"
                .formatted(
                    NAMES - 8,
                    y + BAR - 2,
                    bar.name,
                    NAMES,
                    y,
                    length,
                    BAR,
                    COLOURS.get(bar.isOurs ? 1 : 0),
                    NAMES + length + 6,
                    y + BAR - 2,
                    bar.value));
        y += ROW;
      }
    }
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n%s</svg>%n"
        .formatted(WIDTH, y + 8, bars);
  }
}
