package jingwei.bench.ecss;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.bench.RowFile;

/** The figures that are measured so far: a row for each rung and round. */
final class RungFile implements AutoCloseable {
  private final RowFile<Row> file;
  private final Map<Measurement, Map<Integer, Figures>> figures = new LinkedHashMap<>();

  private record Row(Measurement measurement, int round, Figures figures) {}

  /**
   * Reads what a run has measured before.
   *
   * @throws jingwei.model.UserException if a line cannot be read, or another run has the file
   */
  RungFile(Path folder) throws IOException {
    file = new RowFile<>(folder.resolve("rungs.jsonl"), Row.class);
    file.rows().forEach(this::put);
  }

  private void put(Row row) {
    figures.computeIfAbsent(row.measurement, key -> new TreeMap<>()).put(row.round, row.figures);
  }

  boolean has(Measurement measurement, int round) {
    return figures.getOrDefault(measurement, Map.of()).containsKey(round);
  }

  /** Adds the figures of a round, and writes them at once. */
  void add(Measurement measurement, int round, Figures measured) throws IOException {
    Row row = new Row(measurement, round, measured);
    file.add(row);
    put(row);
  }

  /** All that is measured, in the order of the file. */
  List<Measurement> measurements() {
    return List.copyOf(figures.keySet());
  }

  /** The rounds of a measurement, in their order. */
  List<Figures> rounds(Measurement measurement) {
    return List.copyOf(figures.getOrDefault(measurement, Map.of()).values());
  }

  /** Adds to a report where and when the rungs were measured. */
  void describe(ObjectNode report) {
    file.describe(report);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
