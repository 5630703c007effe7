package jingwei.cluster.copy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.model.checkpoint.UnreadableCheckpointException;

/**
 * A session that a node has on its disk.
 *
 * @param session its name
 * @param epoch of its record
 * @param step of its newest checkpoint; 0 if it has none
 */
public record HeldSession(String session, long epoch, long step) implements CopyMessage {
  /** Names of sessions; none leads out of the folder of the sessions. */
  public static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final Pattern STEP = Pattern.compile("step-(\\d{1,18})");

  /** Whether a leader goes on from this one rather than from the other. */
  public boolean isNewerThan(HeldSession other) {
    return epoch > other.epoch || (epoch == other.epoch && step > other.step);
  }

  /** All sessions in a folder whose records can be read. */
  public static List<HeldSession> in(Path folder) throws IOException {
    List<HeldSession> held = new ArrayList<>();
    try (Stream<Path> all = Files.list(folder)) {
      for (Path session : all.toList()) {
        add(folder, session.getFileName().toString(), held);
      }
    } catch (NoSuchFileException | NotDirectoryException none) {
      return List.of();
    }
    return held;
  }

  private static void add(Path folder, String name, List<HeldSession> held) {
    try {
      of(folder, name).ifPresent(held::add);
    } catch (IOException | UnreadableCheckpointException damaged) {
      return; // nobody goes on from it
    }
  }

  /**
   * A session in a folder; empty if there is none of this name.
   *
   * @throws IOException if its record cannot be read
   */
  public static Optional<HeldSession> of(Path folder, String name) throws IOException {
    Path file = folder.resolve(name).resolve(CopiedFile.RECORD);
    if (!NAME.matcher(name).matches() || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    JsonNode record = new ObjectMapper().readTree(Files.readAllBytes(file));
    return Optional.of(
        new HeldSession(
            name,
            record.path("led").path("epoch").asLong(),
            checkpoints(folder.resolve(name)).stream()
                .mapToLong(HeldSession::stepOf)
                .max()
                .orElse(0)));
  }

  /** Names of the complete checkpoints of steps, newest first. */
  static List<String> checkpoints(Path session) {
    return new CheckpointFolder(session.resolve(CopiedFile.CHECKPOINTS))
        .names().stream().filter(name -> STEP.matcher(name).matches()).toList().reversed();
  }

  private static long stepOf(String name) {
    Matcher step = STEP.matcher(name);
    return step.matches() ? Long.parseLong(step.group(1)) : 0;
  }
}
