package jingwei.bench.ecss;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import jingwei.bench.Outputs;
import jingwei.model.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures the ladder, rung by rung, and prints every figure. */
@Command(
    name = "ecss",
    description =
        "The ladder from a learned mixture whose experts all move and are all updated in every step, to experts that come before their tokens. It needs 16 GB of free memory and 15 minutes a round. The rungs take turns; their figures are written to a file at once, and a run that was interrupted goes on.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench ecss --run ladder --rounds 3"})
public final class EcssBenchmark implements Callable<Integer> {
  @Option(names = "--run", description = "folder of the figures; the same folder goes on")
  private Path run;

  @Option(names = "--rounds", description = "rounds; the median counts (${DEFAULT-VALUE})")
  private int rounds = 3;

  @Option(names = "--only", split = ",", description = "only these rungs, for instance B1,E3")
  private List<String> only = List.of();

  @Option(names = "--picture", description = "file of a picture of the rungs (SVG)")
  private Path picture;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (rounds < 1) {
      throw new UserException("--rounds %d must be above zero.".formatted(rounds));
    }
    only.forEach(EcssBenchmark::requireRung);
    Outputs.requireFolderOf(picture);
    LadderMemory.requireEnough();
    Path folder = Outputs.folder(run, "jingwei-ecss");
    try (RungFile file = new RungFile(folder);
        LadderRun ladder = new LadderRun()) {
      measure(file, ladder);
      report(file);
      if (picture != null) {
        Files.writeString(picture, LadderPicture.of(file).svg());
      }
    }
    return 0;
  }

  private static void requireRung(String name) {
    try {
      RungKind.of(name);
    } catch (IllegalArgumentException e) {
      throw new UserException(
          "--only %s names no rung; there are %s."
              .formatted(
                  name,
                  Arrays.stream(RungKind.values())
                      .map(RungKind::text)
                      .collect(Collectors.joining(", "))),
          e);
    }
  }

  private void measure(RungFile file, LadderRun ladder) throws IOException {
    for (int round = 1; round <= rounds; round++) {
      List<Measurement> missing = missing(file, round);
      while (!missing.isEmpty()) {
        for (Measurement measurement : missing) {
          Figures figures = ladder.measure(measurement);
          file.add(measurement, round, figures);
          print(round, measurement, figures);
        }
        missing = missing(file, round); // some follow from others
      }
    }
  }

  private List<Measurement> missing(RungFile file, int round) {
    return Plan.of(file).stream()
        .filter(this::isWanted)
        .filter(measurement -> !file.has(measurement, round))
        .toList();
  }

  /** With what it is compared: a baseline with Adam alone, a slowed link with computing alone. */
  private boolean isWanted(Measurement measurement) {
    if (only.isEmpty()
        || only.contains(measurement.name())
        || only.contains(measurement.kind().text())) {
      return true;
    }
    if (measurement.equals(Plan.ADAM)) {
      return only.stream().anyMatch(name -> RungKind.of(name).isMixture());
    }
    return (measurement.equals(Plan.COMPUTE) || measurement.equals(Plan.E3_ONE))
        && only.stream().anyMatch(name -> RungKind.of(name) == RungKind.E3_HIDDEN);
  }

  private static void print(int round, Measurement measurement, Figures figures) {
    System.err.printf(
        "%d %-4s link %-10s k=%-2d %7.0f tokens/s, compute %.3f s, optimizer %.0f ms, up %.1f MB %.3f s, down %.1f MB %.3f s, stalls %.0f ms, %.1f misses, device %d MB, host %d MB%n",
        round,
        measurement.name(),
        measurement.link(),
        measurement.domainsPerBatch(),
        figures.tokensPerSecond(),
        figures.times().computeSeconds(),
        figures.times().optimizerMillis(),
        figures.bytes().toDevice() / 1e6,
        figures.bytes().secondsToDevice(),
        figures.bytes().toHost() / 1e6,
        figures.bytes().secondsToHost(),
        figures.times().stallMillis(),
        figures.misses(),
        figures.bytes().device() >> 20,
        figures.bytes().host() >> 20);
  }

  private void report(RungFile file) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    file.describe(root);
    ArrayNode rungs = root.putArray("rungs");
    for (Measurement measurement : file.measurements()) {
      add(rungs.addObject(), measurement, file.rounds(measurement));
    }
    LadderReport.add(file, root);
    LadderReport.addEvictions(root);
    System.out.println(
        json
            ? mapper.writeValueAsString(root)
            : mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }

  /** What is not measured has no key. */
  private static void add(ObjectNode row, Measurement measurement, List<Figures> rounds) {
    Figures median = Ladder.median(rounds);
    row.put("name", measurement.name())
        .put("link", measurement.link())
        .put("domainsPerBatch", measurement.domainsPerBatch())
        .put("rounds", rounds.size());
    if (measurement.equals(Plan.ADAM)) {
      row.put("optimizerMillis", median.times().optimizerMillis())
          .put("plainPassMillis", 1000 * median.times().computeSeconds())
          .put("hostBytes", median.bytes().host());
      return;
    }
    row.put("activatedShare", median.activatedShare())
        .put("tokensPerSecond", median.tokensPerSecond())
        .put("deviceBytes", median.bytes().device())
        .put("hostBytes", median.bytes().host())
        .put("bytesToDevice", median.bytes().toDevice())
        .put("bytesToHost", median.bytes().toHost());
    if (Double.isFinite(median.bytes().secondsToDevice())) {
      row.put("secondsToDevice", median.bytes().secondsToDevice())
          .put("secondsToHost", median.bytes().secondsToHost());
    }
    row.put("computeSeconds", median.times().computeSeconds())
        .put("optimizerMillis", median.times().optimizerMillis())
        .put(
            measurement.kind().isMixture() ? "idleMillis" : "stallMillis",
            median.times().stallMillis())
        .put("misses", median.misses())
        .put("updatedExperts", median.updatedExperts());
    row.set("tokensPerSecondOfRounds", rounds(row.arrayNode(), rounds));
  }

  private static ArrayNode rounds(ArrayNode array, List<Figures> rounds) {
    rounds.forEach(figures -> array.add(figures.tokensPerSecond()));
    return array;
  }
}
