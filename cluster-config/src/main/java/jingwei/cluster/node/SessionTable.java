package jingwei.cluster.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import jingwei.cluster.session.LeadLostException;
import jingwei.model.disk.DurableFile;

/**
 * The sessions of a cluster, each in a folder of its own below one that all coordinators share. A
 * change is durable when its method returns. A session's folder is the folder of its run.
 */
final class SessionTable {
  private static final String FILE = "session.json";
  private static final ObjectMapper MAPPER =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * The sessions of a folder.
   *
   * @param records those that can be read, in the order in which they were submitted
   * @param damaged why the others cannot be read, by name
   */
  record Sessions(List<SessionRecord> records, Map<String, String> damaged) {}

  private final Path folder;
  private volatile Consumer<String> listener = name -> {};
  private volatile long leastEpoch;

  SessionTable(Path folder) {
    this.folder = folder;
  }

  /** Calls a listener with the name of a session after every change, in any thread. */
  void onChange(Consumer<String> newListener) {
    listener = newListener;
  }

  /** Something in the folder of a session has changed that another node should have. */
  void changed(String name) {
    listener.accept(name);
  }

  /** Other nodes have seen an epoch of this number. */
  void follows(long epoch) {
    leastEpoch = Math.max(leastEpoch, epoch);
  }

  /** Folder of a session. */
  Path folder(String name) {
    return folder.resolve(name);
  }

  /** All sessions whose records can be read, in the order in which they were submitted. */
  List<SessionRecord> all() {
    return sessions().records();
  }

  /** All sessions. One damaged record must not keep the others from running. */
  Sessions sessions() {
    if (!Files.isDirectory(folder)) {
      return new Sessions(List.of(), Map.of());
    }
    List<SessionRecord> records = new ArrayList<>();
    Map<String, String> damaged = new TreeMap<>();
    for (String name : names()) {
      try {
        find(name).ifPresent(records::add);
      } catch (UncheckedIOException unreadable) {
        damaged.put(name, unreadable.getCause().getMessage());
      }
    }
    records.sort(Comparator.comparingLong(SessionRecord::number));
    return new Sessions(records, damaged);
  }

  private List<String> names() {
    try (Stream<Path> sessions = Files.list(folder)) {
      return sessions.map(session -> session.getFileName().toString()).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A session; empty if there is none of this name. */
  Optional<SessionRecord> find(String name) {
    Path file = folder(name).resolve(FILE);
    try {
      return Optional.of(MAPPER.readValue(Files.readString(file), SessionRecord.class));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("the record %s cannot be read: %s".formatted(file, e.getMessage()), e));
    }
  }

  /** The newest epoch of all sessions, so that a later one has a higher number whoever asks. */
  long newestEpoch() {
    return Math.max(leastEpoch, all().stream().mapToLong(SessionRecord::epoch).max().orElse(0));
  }

  /** Adds a session. */
  void add(SessionRecord record) {
    try {
      Files.createDirectories(folder(record.name()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    write(record);
  }

  /**
   * Replaces the record of a session.
   *
   * @throws LeadLostException if the record is of a newer epoch than the one that replaces it
   */
  void replace(SessionRecord record) {
    long epoch = find(record.name()).map(SessionRecord::epoch).orElse(0L);
    if (epoch > record.epoch()) {
      throw new LeadLostException(
          "session %s is in epoch %d, and this node led it in epoch %d"
              .formatted(record.name(), epoch, record.epoch()));
    }
    write(record);
  }

  private void write(SessionRecord record) {
    follows(record.epoch()); // also if its folder is deleted later
    try {
      DurableFile.replace(
          folder(record.name()).resolve(FILE),
          MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(record) + "\n");
      changed(record.name());
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
