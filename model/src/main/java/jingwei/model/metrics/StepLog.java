package jingwei.model.metrics;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import jingwei.model.step.SpikeRule;
import jingwei.model.step.StepResult;

/**
 * Appends to {@code metrics.jsonl} and {@code ledger.jsonl}, one object per step, and to {@code
 * spikes.jsonl}, one object per spike or refused step. Each line is written at once.
 */
public final class StepLog implements Closeable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final List<Path> files;
  private final BufferedWriter metrics;
  private final BufferedWriter ledger;
  private final BufferedWriter spikes;

  /** Opens the files for appending; missing ones are created. */
  public StepLog(Path metricsFile, Path ledgerFile, Path spikesFile) {
    files = List.of(metricsFile, ledgerFile, spikesFile);
    try {
      metrics = append(metricsFile);
      ledger = append(ledgerFile);
      spikes = append(spikesFile);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void metrics(StepMetrics step) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("step", step.step());
    line.put("tokens", step.reached().tokens());
    line.put("documents", step.reached().documents());
    put(line, "loss", step.loss());
    put(line, "bitsPerByte", step.losses().bitsPerByte());
    ObjectNode domains = line.putObject("domains");
    for (Map.Entry<String, StepMetrics.Domain> domain : step.losses().domains().entrySet()) {
      ObjectNode node = domains.putObject(domain.getKey());
      put(node, "loss", domain.getValue().loss());
      put(node, "bitsPerByte", domain.getValue().bitsPerByte());
      node.put("tokens", domain.getValue().tokens());
    }
    put(line, "lr", step.update().learningRate());
    put(line, "gradNorm", step.update().gradNorm());
    line.put("applied", step.applied());
    put(line, "tokensPerSecond", step.work().tokensPerSecond());
    line.putObject("experts").put("active", step.work().activeExperts());
    line.set("ecss", MAPPER.valueToTree(step.work().ecss()));
    line.set("actors", MAPPER.valueToTree(step.work().actors()));
    line.set("memory", MAPPER.valueToTree(step.work().memory()));
    line.put("stalenessMax", step.update().stalenessMax());
    line.put("epoch", step.reached().epoch());
    write(metrics, line);
  }

  /**
   * @param batch id of the batch
   * @param documents ids of the documents in the batch, whole or in part
   * @param expertVersions number of updates of each activated expert after the step
   * @param reads the version, by its step, that each owner read in all micro-batches; empty if
   *     reads are never stale
   */
  public void ledger(
      long step,
      String batch,
      List<String> documents,
      SortedMap<String, Long> expertVersions,
      Map<String, Long> reads) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("step", step);
    line.put("batch", batch);
    line.set("documents", MAPPER.valueToTree(documents));
    line.set("experts", MAPPER.valueToTree(expertVersions));
    if (!reads.isEmpty()) {
      line.set("reads", MAPPER.valueToTree(reads));
    }
    write(ledger, line);
  }

  /**
   * Logs a step that is a spike, is not finite, or was refused because of one.
   *
   * @param documents ids of the documents in the batch, whole or in part
   */
  public void spike(StepResult step, List<String> documents) {
    ObjectNode line = MAPPER.createObjectNode();
    line.put("step", step.step());
    put(line, "loss", step.loss());
    put(line, "gradNorm", step.gradNorm());
    put(line, "lossLimit", step.spike().map(SpikeRule.Limits::loss).orElse(Double.NaN));
    put(line, "gradNormLimit", step.spike().map(SpikeRule.Limits::norm).orElse(Double.NaN));
    line.put("applied", step.isApplied());
    line.set("documents", MAPPER.valueToTree(documents));
    write(spikes, line);
  }

  /** Forces the written lines to disk. */
  public void force() {
    try {
      for (Path file : files) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.force(true);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      metrics.close();
      ledger.close();
      spikes.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** JSON has no NaN; values that are not finite are written as null. */
  private static void put(ObjectNode node, String key, double value) {
    if (Double.isFinite(value)) {
      node.put(key, value);
    } else {
      node.putNull(key);
    }
  }

  private static void write(BufferedWriter out, ObjectNode line) {
    try {
      out.write(MAPPER.writeValueAsString(line));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedWriter append(Path file) throws IOException {
    return Files.newBufferedWriter(
        file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
