package jingwei.bench.ecss;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.UserException;

/** The figures that are measured so far: a line of JSON for each rung and round. */
final class RungFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path file;
  private final Map<Measurement, Map<Integer, Figures>> figures = new LinkedHashMap<>();

  /** A line of the file. */
  private record Row(Measurement measurement, int round, Figures figures) {}

  /**
   * Reads what a run has measured before.
   *
   * @throws UserException if a line cannot be read
   */
  RungFile(Path folder) throws IOException {
    Files.createDirectories(folder);
    file = folder.resolve("rungs.jsonl");
    if (!Files.exists(file)) {
      return;
    }
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      try {
        put(JSON.readValue(lines.get(i), Row.class));
      } catch (IOException e) {
        if (i < lines.size() - 1) {
          throw new UserException(
              "%s:%d is not a line of figures; remove it, and its rung is measured again."
                  .formatted(file, i + 1));
        }
        Files.write(file, lines.subList(0, i)); // a run that was killed wrote a part of it
      }
    }
  }

  private void put(Row row) {
    figures
        .computeIfAbsent(row.measurement, key -> new LinkedHashMap<>())
        .put(row.round, row.figures);
  }

  boolean has(Measurement measurement, int round) {
    return figures.getOrDefault(measurement, Map.of()).containsKey(round);
  }

  /** Adds the figures of a round, and writes them at once. */
  void add(Measurement measurement, int round, Figures measured) throws IOException {
    Row row = new Row(measurement, round, measured);
    Files.writeString(
        file,
        JSON.writeValueAsString(row) + "\n",
        StandardCharsets.UTF_8,
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
    put(row);
  }

  /** All that is measured, in the order of the file. */
  List<Measurement> measurements() {
    return List.copyOf(figures.keySet());
  }

  /** The rounds of a measurement. */
  List<Figures> rounds(Measurement measurement) {
    return new ArrayList<>(figures.getOrDefault(measurement, Map.of()).values());
  }
}
