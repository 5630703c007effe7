package jingwei.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import jingwei.model.kernel.VectorKernels;

/** When and on what a figure was measured; without this, a figure cannot be compared. */
public final class Environment {
  private static final int COMMIT_CHARACTERS = 12;

  private Environment() {}

  /** Adds date, commit, processor, cores, JDK and kernels to a report. */
  public static void describe(ObjectNode report) {
    report
        .putObject("environment")
        .put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString())
        .put("commit", commit(Path.of(System.getProperty("jingwei.home", "."))))
        .put("processor", processor())
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put("jdk", System.getProperty("java.vm.name") + " " + Runtime.version())
        .put("kernels", VectorKernels.fingerprintHere());
  }

  /**
   * The commit, read from git's files, because git may not be installed; unknown outside a clone.
   */
  static String commit(Path home) {
    try {
      Path git = home.resolve(".git");
      String head = Files.readString(git.resolve("HEAD")).strip();
      if (head.startsWith("ref: ")) {
        Path reference = git.resolve(head.substring(5));
        head = Files.exists(reference) ? Files.readString(reference).strip() : packed(git, head);
      }
      return head.substring(0, Math.min(COMMIT_CHARACTERS, head.length()));
    } catch (IOException notAClone) {
      return "unknown";
    }
  }

  private static String packed(Path git, String head) throws IOException {
    String name = " " + head.substring(5);
    return Files.readAllLines(git.resolve("packed-refs")).stream()
        .filter(line -> line.endsWith(name))
        .map(line -> line.substring(0, line.length() - name.length()))
        .findFirst()
        .orElse("unknown");
  }

  private static String processor() {
    try {
      return Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    } catch (IOException elsewhere) {
      return System.getProperty("os.arch");
    }
  }
}
