package jingwei.bench.study;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import jingwei.bench.chart.LineChart;

/** What follows from the curves. */
final class StudyReport {
  private StudyReport() {}

  /**
   * Adds a row for each rule, with means over its seeds: at equal tokens, and after the time that
   * the fastest curve took.
   */
  static void add(List<Curve> curves, ObjectNode root) {
    double least = curves.stream().mapToDouble(curve -> curve.last().seconds()).min().orElse(0);
    root.put("equalSeconds", least);
    ArrayNode rows = root.putArray("rows");
    byName(curves)
        .forEach(
            (name, own) -> {
              ObjectNode row = rows.addObject().put("name", name).put("seeds", own.size());
              double seconds = mean(own, curve -> curve.last().seconds());
              row.put("tokens", own.getFirst().last().tokens())
                  .put("bitsPerByte", mean(own, curve -> curve.last().bitsPerByte()))
                  .put("bitsPerByteAtEqualTime", mean(own, curve -> curve.afterSeconds(least)))
                  .put("seconds", seconds)
                  .put("tokensPerSecond", own.getFirst().last().tokens() / seconds);
              ArrayNode each = row.putArray("bitsPerByteOfSeeds");
              own.forEach(curve -> each.add(curve.last().bitsPerByte()));
            });
    ArrayNode all = root.putArray("curves");
    for (Curve curve : curves) {
      ArrayNode points =
          all.addObject()
              .put("name", curve.subject().name())
              .put("seed", curve.subject().seed())
              .putArray("points");
      for (Curve.Point point : curve.points()) {
        points
            .addObject()
            .put("step", point.step())
            .put("tokens", point.tokens())
            .put("seconds", point.seconds())
            .put("bitsPerByte", point.bitsPerByte());
      }
    }
  }

  /** Means over the seeds of each rule, over tokens. */
  static LineChart overTokens(List<Curve> curves) {
    LineChart chart =
        new LineChart("million tokens", "held-out bits per byte, mean of the domains");
    byName(curves)
        .forEach(
            (name, own) -> {
              List<LineChart.Point> points = new ArrayList<>();
              for (int i = 0; i < own.getFirst().points().size(); i++) {
                int at = i;
                points.add(
                    new LineChart.Point(
                        own.getFirst().points().get(i).tokens() / 1e6,
                        mean(own, curve -> curve.points().get(at).bitsPerByte())));
              }
              chart.add(name, points);
            });
    return chart;
  }

  private static Map<String, List<Curve>> byName(List<Curve> curves) {
    Map<String, List<Curve>> byName = new LinkedHashMap<>();
    for (Curve curve : curves) {
      byName.computeIfAbsent(curve.subject().name(), name -> new ArrayList<>()).add(curve);
    }
    return byName;
  }

  private static double mean(List<Curve> curves, ToDoubleFunction<Curve> figure) {
    return curves.stream().mapToDouble(figure).average().orElseThrow();
  }
}
