package jingwei.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.UserException;

/**
 * The figures that are measured so far: a line of JSON for each row, with the environment in which
 * it was measured. A row is written at once, so that an interrupted run goes on. One process at a
 * time has the file.
 *
 * @param <R> a record
 */
public final class RowFile<R> implements AutoCloseable {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
              DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES,
              DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES,
              DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .build();

  private final Path file;
  private final Class<R> type;
  private final FileChannel channel;
  private final List<Line<R>> lines = new ArrayList<>();

  private record Line<R>(String date, Environment environment, R row) {}

  /** The rows of one environment. */
  private record Span(String from, String to, int rows) {
    Span and(String date) {
      return new Span(from, date, rows + 1);
    }
  }

  /**
   * Reads what a run has measured before.
   *
   * @throws UserException if a line cannot be read, or another run has the file. A part of a line
   *     at the end is removed: a run that was killed wrote it
   */
  public RowFile(Path file, Class<R> type) throws IOException {
    this.file = file;
    this.type = type;
    Files.createDirectories(file.toAbsolutePath().getParent());
    channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock();
      read();
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void lock() throws IOException {
    try {
      if (channel.tryLock() != null) { // held until the channel is closed
        return;
      }
    } catch (OverlappingFileLockException inThisProcess) {
      // the sentence is the same
    }
    throw new UserException(
        "%s is being written by another run; wait for its end, or name another folder."
            .formatted(file));
  }

  private void read() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int whole = bytes.length;
    while (whole > 0 && bytes[whole - 1] != '\n') {
      whole--;
    }
    int number = 0;
    for (String line : new String(bytes, 0, whole, StandardCharsets.UTF_8).lines().toList()) {
      number++;
      try {
        lines.add(parse(line));
      } catch (JsonProcessingException | IllegalArgumentException e) {
        throw new UserException(
            "%s:%d is not a line of these figures; remove it, and it is measured again."
                .formatted(file, number),
            e);
      }
    }
    channel.truncate(whole);
    channel.position(whole);
  }

  private Line<R> parse(String line) throws JsonProcessingException {
    JsonNode node = JSON.readTree(line);
    if (!node.path("date").isTextual() || !node.path("row").isObject()) {
      throw new IllegalArgumentException(line);
    }
    return new Line<>(
        node.get("date").asText(),
        JSON.treeToValue(node.path("environment"), Environment.class),
        JSON.treeToValue(node.get("row"), type));
  }

  /** Adds a row, and writes it at once. */
  public void add(R row) throws IOException {
    Line<R> line =
        new Line<>(
            Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), Environment.here(), row);
    ByteBuffer bytes =
        ByteBuffer.wrap((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    lines.add(line);
  }

  /** All rows, in the order of the file. */
  public List<R> rows() {
    return lines.stream().map(Line::row).toList();
  }

  /** Adds to a report in which environments the rows were measured, and when. */
  public void describe(ObjectNode report) {
    Map<Environment, Span> spans = new LinkedHashMap<>();
    for (Line<R> line : lines) {
      spans.merge(
          line.environment,
          new Span(line.date, line.date, 1),
          (before, one) -> before.and(line.date));
    }
    ArrayNode environments = report.putArray("environments");
    spans.forEach(
        (environment, span) -> {
          ObjectNode node = environments.addObject();
          environment.describe(node);
          node.put("from", span.from).put("to", span.to).put("rows", span.rows);
        });
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
