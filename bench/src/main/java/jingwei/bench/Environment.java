package jingwei.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import jingwei.model.kernel.VectorKernels;

/**
 * On what a figure was measured; without this, a figure cannot be compared.
 *
 * @param commit of the code
 * @param processor name of its model
 * @param cores that the JVM may use
 * @param jdk name and version
 * @param kernels their fingerprint
 */
public record Environment(String commit, String processor, int cores, String jdk, String kernels) {
  private static final int COMMIT_CHARACTERS = 12;

  /** This process. */
  public static Environment here() {
    return new Environment(
        commit(Path.of(System.getProperty("jingwei.home", "."))),
        processorName(),
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        VectorKernels.fingerprintHere());
  }

  /** Adds date and environment of this process to a report. */
  public static void describeHere(ObjectNode report) {
    ObjectNode node = report.putObject("environment");
    node.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    here().describe(node);
  }

  /** Adds the environment to a node of a report. */
  void describe(ObjectNode node) {
    node.put("commit", commit)
        .put("processor", processor)
        .put("cores", cores)
        .put("jdk", jdk)
        .put("kernels", kernels);
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

  private static String processorName() {
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
