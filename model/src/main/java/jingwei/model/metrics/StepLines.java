package jingwei.model.metrics;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;
import jingwei.model.disk.DurableFile;

/**
 * A file with one JSON object per line, each with a {@code step}. When a run goes back to a step,
 * later and damaged lines are removed; all others stay, in any order. A last line that a kill cut
 * short does not count as a line.
 */
public final class StepLines {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long NO_STEP = -1;

  private final Path file;

  public StepLines(Path file) {
    this.file = file;
  }

  /**
   * The lines that are removed when a file goes back to a step.
   *
   * @param later number of lines of later steps
   * @param damaged number of lines that are blank or not a JSON object with a step
   */
  public record Leaving(long later, long damaged) {}

  /**
   * Counts the lines that {@link #dropAfter} drops.
   *
   * @param warnings receives a sentence for each damaged line
   */
  public Leaving leaving(long step, Consumer<String> warnings) throws IOException {
    Scan scan = scan(step, warnings);
    return new Leaving(scan.later, scan.damaged);
  }

  /** Drops damaged lines, lines of later steps, and a last line that was cut short. */
  public void dropAfter(long step) throws IOException {
    Scan scan = scan(step, warning -> {});
    if (scan.needsRewrite) {
      rewrite(step);
    } else if (Files.exists(file)) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        if (channel.size() > scan.keptBytes) {
          channel.truncate(scan.keptBytes);
          channel.force(true);
        }
      }
    }
  }

  /** Replaces a file atomically by a copy of another one, if that exists. */
  public static void copy(Path from, Path to) throws IOException {
    Path next = to.resolveSibling(to.getFileName() + DurableFile.PARTIAL_SUFFIX);
    try {
      Files.copy(from, next, StandardCopyOption.REPLACE_EXISTING);
    } catch (NoSuchFileException notThere) {
      return;
    }
    replace(next, to);
  }

  /** Writes the remaining lines to a new file, which replaces this one. */
  private void rewrite(long step) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + DurableFile.PARTIAL_SUFFIX);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        OutputStream out = Files.newOutputStream(next)) {
      for (byte[] line; (line = line(in)) != null; ) {
        long of = stepOf(line);
        if (of != NO_STEP && of <= step) {
          out.write(line);
          if (!hasEnd(line)) {
            out.write('\n');
          }
        }
      }
    }
    replace(next, file);
  }

  private static void replace(Path next, Path file) throws IOException {
    force(next);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DurableFile.forceFolder(file.toAbsolutePath().getParent());
  }

  private Scan scan(long step, Consumer<String> warnings) throws IOException {
    Scan scan = new Scan(step, warnings);
    try (InputStream in = open()) {
      for (byte[] line; (line = line(in)) != null; ) {
        scan.look(line);
      }
    }
    return scan;
  }

  /** Reads the lines of the file once. */
  private final class Scan {
    private final long step;
    private final Consumer<String> warnings;
    private long number;
    private long keptBytes;
    private long later;
    private long damaged;

    /**
     * True if the remaining lines are not a prefix of the file, or the last of them lacks its line
     * end.
     */
    private boolean needsRewrite;

    private boolean hasRemoved;

    Scan(long step, Consumer<String> warnings) {
      this.step = step;
      this.warnings = warnings;
    }

    void look(byte[] line) {
      number++;
      long of = stepOf(line);
      if (of == NO_STEP && !hasEnd(line)) {
        return; // cut short
      }
      if (of != NO_STEP && of <= step) {
        needsRewrite |= hasRemoved || !hasEnd(line);
        keptBytes += line.length;
        return;
      }
      hasRemoved = true;
      if (of == NO_STEP) {
        damaged++;
        warnings.accept("line %d of %s is damaged and is left out".formatted(number, file));
      } else {
        later++;
      }
    }
  }

  private InputStream open() throws IOException {
    try {
      return new BufferedInputStream(Files.newInputStream(file));
    } catch (NoSuchFileException notThere) {
      return InputStream.nullInputStream();
    }
  }

  /**
   * The next line, including its line end; the last line may lack one. Null at the end of the file.
   */
  private static byte[] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next; (next = in.read()) >= 0; ) {
      line.write(next);
      if (next == '\n') {
        break;
      }
    }
    return line.size() == 0 ? null : line.toByteArray();
  }

  private static boolean hasEnd(byte[] line) {
    return line[line.length - 1] == '\n';
  }

  private static long stepOf(byte[] line) {
    try {
      JsonNode step = MAPPER.readTree(line).path("step");
      return step.isIntegralNumber() && step.asLong() >= 0 ? step.asLong() : NO_STEP;
    } catch (IOException damaged) {
      return NO_STEP;
    }
  }

  private static void force(Path written) throws IOException {
    try (FileChannel channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
