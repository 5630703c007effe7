package jingwei.cluster.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.kernel.Precision;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Trains under Java Flight Recorder, whose signals interrupt threads within matrix products.
 * Nothing may crash or hang, and the weights equal those of a run without it. The inner dimensions
 * of the products are so large that old versions of oneDNN would move the stack pointer.
 */
@Tag("long")
class ProfiledRunTest {
  private static final int RUNS = 10;
  private static final int STEPS = 200;
  private static final long DEADLINE_SECONDS = 600;

  private static final List<String> MODEL =
      List.of(
          "model.vocabulary=512",
          "model.context=64",
          "model.width=256",
          "model.heads=4",
          "model.innerWidth=512",
          "model.denseBlocks=1",
          "model.routedBlocks=1",
          "model.expertsPerDomain=2",
          "batch.rows=8",
          "batch.rowsPerMicroBatch=2",
          "checkpoint.every=200",
          "evaluation.every=0",
          "evaluation.tokensPerDomain=300",
          "tokenizer.trainingBytes=200000",
          "lanes=2");

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(Precision.class)
  void trainsToTheSameBytes(Precision precision) throws Exception {
    if (!precision.isHere()) {
      System.out.printf("left out: this machine does not compute in %s%n", precision);
      abort();
    }
    List<String> data = new TinyCommands(folder).writeTexts();
    Path expected = train("plain", precision, data, List.of());
    for (int run = 0; run < RUNS; run++) {
      Path recording = folder.resolve(run + ".jfr");
      Path profiled =
          train(
              "profiled" + run,
              precision,
              data,
              List.of("-XX:StartFlightRecording=settings=profile,filename=" + recording));
      assertTrue(Files.size(recording) > 0);
      assertSame(expected, profiled);
    }
    System.out.printf("%d runs in %s with a recorder came to the same bytes%n", RUNS, precision);
  }

  /**
   * Trains and returns the folder of the newest checkpoint.
   *
   * @param flags JVM flags, in addition to those of this JVM
   */
  private Path train(String name, Precision precision, List<String> data, List<String> flags)
      throws IOException, InterruptedException {
    Path run = folder.resolve(name);
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("train", "--run", run.toString(), "--steps", Integer.toString(STEPS)));
    data.forEach(source -> command.addAll(List.of("--data", source)));
    MODEL.forEach(value -> command.addAll(List.of("--set", value)));
    command.addAll(List.of("--set", "precision=" + precision.name().toLowerCase(Locale.ROOT)));
    Path output = folder.resolve(name + ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertTrue(
          process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS), () -> name + " hangs: " + output);
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), name + ": " + Files.readString(output));
    return Checkpoint.open(run).folder();
  }

  private static void assertSame(Path expected, Path actual) throws IOException {
    try (Stream<Path> files = Files.list(expected)) {
      List<Path> tensors = files.filter(f -> f.toString().endsWith(".safetensors")).toList();
      assertTrue(tensors.size() > 4);
      for (Path file : tensors) {
        assertArrayEquals(
            Files.readAllBytes(file),
            Files.readAllBytes(actual.resolve(file.getFileName())),
            file.toString());
      }
    }
  }
}
