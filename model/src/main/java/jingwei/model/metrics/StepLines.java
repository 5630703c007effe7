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
import java.util.function.Supplier;

/**
 * A file of JSON objects with a {@code step}, one a line, that a run goes back in. Lines of later
 * steps, and lines that are damaged, go to another file; all others stay, wherever they stand. A
 * last line that a kill cut short is no line.
 */
public final class StepLines {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final long NO_STEP = -1;
  private static final String PARTIAL_SUFFIX = ".partial";

  private final Path file;

  public StepLines(Path file) {
    this.file = file;
  }

  /**
   * What leaves the file.
   *
   * @param later lines of later steps
   * @param damaged lines that are blank or no JSON object with a step
   */
  public record Moved(long later, long damaged) {
    public static final Moved NOTHING = new Moved(0, 0);
  }

  /**
   * Copies the lines of steps after one to another file, and forces them to disk.
   *
   * @param to asked for the file to append them to, when there is a line to be copied
   * @param warnings receives a sentence for each damaged line, which is copied, too
   */
  public Moved copyAfter(long step, Supplier<Path> to, Consumer<String> warnings)
      throws IOException {
    Scan scan = new Scan(step, warnings);
    Path target = null;
    OutputStream out = OutputStream.nullOutputStream();
    try (InputStream in = open()) {
      for (byte[] line; (line = line(in)) != null; ) {
        if (scan.leaves(line)) {
          if (target == null) {
            target = to.get();
            out =
                Files.newOutputStream(target, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
          }
          out.write(line);
        }
      }
    } finally {
      out.close();
    }
    if (target != null) {
      force(target);
    }
    return new Moved(scan.later, scan.damaged);
  }

  /** Drops the lines that {@link #copyAfter} copies, and a last line that was cut short. */
  public void dropAfter(long step) throws IOException {
    Scan scan = new Scan(step, warning -> {});
    try (InputStream in = open()) {
      for (byte[] line; (line = line(in)) != null; ) {
        scan.leaves(line);
      }
    }
    if (scan.isKeptAfterOther) {
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

  /** Appends all lines of another file. */
  public void append(Path from) throws IOException {
    try (InputStream in = Files.newInputStream(from);
        OutputStream out =
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      in.transferTo(out);
    } catch (NoSuchFileException notThere) {
      return;
    }
    force(file);
  }

  /** Writes the lines that stay to a new file, which takes the place of this one. */
  private void rewrite(long step) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + PARTIAL_SUFFIX);
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
    force(next);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Goes through the lines of the file once. */
  private final class Scan {
    private final long step;
    private final Consumer<String> warnings;
    private long number;
    private long keptBytes;
    private long later;
    private long damaged;

    /** Whether the lines that stay are not just the first ones, each with its end. */
    private boolean isKeptAfterOther;

    private boolean isOther;

    Scan(long step, Consumer<String> warnings) {
      this.step = step;
      this.warnings = warnings;
    }

    /** Whether the next line leaves the file and is to be seen elsewhere. */
    boolean leaves(byte[] line) {
      number++;
      long of = stepOf(line);
      if (of == NO_STEP && !hasEnd(line)) {
        return false; // cut short
      }
      if (of != NO_STEP && of <= step) {
        isKeptAfterOther |= isOther || !hasEnd(line);
        keptBytes += line.length;
        return false;
      }
      isOther = true;
      if (of == NO_STEP) {
        damaged++;
        warnings.accept(
            "line %d of %s is damaged and left out; all others stay".formatted(number, file));
      } else {
        later++;
      }
      return true;
    }
  }

  private InputStream open() throws IOException {
    try {
      return new BufferedInputStream(Files.newInputStream(file));
    } catch (NoSuchFileException notThere) {
      return InputStream.nullInputStream();
    }
  }

  /** The next line with its end, which the last one may lack; null after it. */
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
