package jingwei.bench.ecss;

import java.util.ArrayList;
import java.util.List;
import jingwei.bench.chart.BarChart;

/** The picture of the ladder: tokens a second of its rungs, at both speeds of the link. */
final class LadderPicture {
  private record Bar(String name, Measurement measurement, boolean isOurs) {}

  private LadderPicture() {}

  /** Bars of all that is measured of it. */
  static BarChart of(RungFile file) {
    BarChart chart = new BarChart();
    group(chart, file, "Tokens a second, link as fast as the transport", Plan.FAST);
    group(chart, file, "Tokens a second, link of 1.25 GB/s each way", Plan.SLOW);
    return chart;
  }

  private static void group(BarChart chart, RungFile file, String heading, double link) {
    List<Bar> bars = new ArrayList<>();
    bars.add(
        new Bar("learned gate, all experts move", Measurement.of("B1", Plan.ALL).at(link), false));
    bars.add(
        new Bar("the same, overlapped", Measurement.of("B1-overlapped", Plan.ALL).at(link), false));
    bars.add(new Bar("random routing, all move", Measurement.of("B2", Plan.ALL).at(link), false));
    bars.add(new Bar("1 domain of 40, all updated", Measurement.of("B2a", 1).at(link), false));
    for (int domains : Plan.FEW) {
      bars.add(
          new Bar(
              "ECSS with prefetch, %d of 40".formatted(domains),
              Measurement.of("E3", domains).at(link),
              true));
    }
    bars.removeIf(bar -> file.rounds(bar.measurement).isEmpty());
    if (!bars.isEmpty()) {
      chart.group(heading);
    }
    for (Bar bar : bars) {
      Figures median = Ladder.median(file.rounds(bar.measurement));
      chart.add(bar.name, median.tokensPerSecond(), bar.isOurs);
    }
  }
}
