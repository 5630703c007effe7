package jingwei.model.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A signal may reach a thread in the middle of any product, as those of a profiler do, and nothing
 * but the thread's own stack is written to.
 */
class SignalTest {
  private static final long DEADLINE_SECONDS = 60;

  @TempDir Path folder;

  @Test
  void productsOfTheLibraryLeaveTheHeapAlone() throws Exception {
    assumeTrue(OneDnn.isLoaded(), "oneDNN does not load here");
    survives(SignalledProducts.Way.LIBRARY, "");
  }

  /** Every instruction set has kernels of its own. */
  @Test
  void soDoThoseForNarrowerVectors() throws Exception {
    assumeTrue(OneDnn.isLoaded() && Lanes.COUNT > 8, "no wider vectors than those of AVX2 here");
    survives(SignalledProducts.Way.LIBRARY, "AVX2");
  }

  @Test
  void soDoThoseInBf16() throws Exception {
    assumeTrue(Precision.BF16.isHere(), "no bf16 here");
    survives(SignalledProducts.Way.BF16, "");
  }

  @Test
  void soDoThoseWithoutTheLibrary() throws Exception {
    survives(SignalledProducts.Way.WITHOUT_LIBRARY, "");
  }

  /**
   * @param instructions the most that oneDNN may use, or empty
   */
  private void survives(SignalledProducts.Way way, String instructions)
      throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(command(way))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    if (!instructions.isEmpty()) {
      builder.environment().put("ONEDNN_MAX_CPU_ISA", instructions);
    }
    Process process = builder.start();
    try {
      assertTrue(
          process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS),
          () -> "the process hangs: " + read(output));
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> read(output));
  }

  private static List<String> command(SignalledProducts.Way way) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:-CreateCoredumpOnCrash"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(SignalledProducts.class.getName(), way.name()));
    return command;
  }

  private static String read(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
