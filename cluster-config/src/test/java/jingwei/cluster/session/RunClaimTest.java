package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunClaimTest {
  private static final int RUNS = 16;

  @TempDir private Path folder;

  @Test
  void givesRunsOfTheSameSecondSeparateFolders() throws Exception {
    Set<String> made = new TreeSet<>();
    try (ExecutorService atOnce = Executors.newFixedThreadPool(RUNS)) {
      List<Callable<Path>> runs = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        runs.add(() -> RunClaim.makeNamed(folder, "x"));
      }
      for (Future<Path> run : atOnce.invokeAll(runs)) {
        made.add(run.get().getFileName().toString());
      }
    }
    Set<String> expected =
        IntStream.rangeClosed(1, RUNS)
            .mapToObj(i -> i == 1 ? "x" : "x-" + i)
            .collect(Collectors.toSet());
    assertEquals(new TreeSet<>(expected), made);
  }
}
