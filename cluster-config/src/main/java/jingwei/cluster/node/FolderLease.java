package jingwei.cluster.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Keeps two clusters from leading sessions in one folder. The node that leads writes its name and a
 * count into the folder, again and again. Another node leads only if that count rests for {@link
 * #REST}, or if it knows that the node is lost.
 */
final class FolderLease {
  /** Name of the file in the folder of the sessions. */
  static final String FILE = "leader.json";

  static final Duration REST = Duration.ofSeconds(4);

  private static final ObjectMapper MAPPER =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  /**
   * What the file holds.
   *
   * @param machine of the node
   * @param leader address of the node
   * @param uid tells a restarted node from the one that had its address before
   * @param count of renewals
   */
  record Entry(String machine, String leader, long uid, long count) {
    private boolean isOf(Entry other) {
      return hasPlaceOf(other) && uid == other.uid;
    }

    private boolean hasPlaceOf(Entry other) {
      return machine.equals(other.machine) && leader.equals(other.leader);
    }
  }

  private final Path folder;
  private final LongSupplier nanoTime;
  private Entry own;
  private Entry seen;
  private long seenNanos;

  /** Whether this node has found its own entry in the file. */
  private boolean isHeld;

  /**
   * @param nanoTime a clock
   */
  FolderLease(Path folder, NodeDescription self, LongSupplier nanoTime) {
    this.folder = folder;
    this.nanoTime = nanoTime;
    own = new Entry(self.endpoint().machine(), self.address(), self.uid(), 0);
  }

  /** Whether this node may lead, as of the last {@link #renew}. */
  boolean isHeld() {
    return isHeld;
  }

  /** Address of the node that keeps this one from leading; empty if none is known. */
  Optional<String> holder() {
    return isHeld || seen == null || seen.isOf(own) ? Optional.empty() : Optional.of(seen.leader);
  }

  /**
   * Takes the lease or renews it, if no other node holds it. Is to be called at least once a
   * second.
   *
   * @param isLost whether the node of an entry is known to lead no more
   */
  void renew(Predicate<Entry> isLost) {
    Entry there = read();
    boolean isOwn = there != null && there.isOf(own);
    if (there == null || isOwn) {
      isHeld = isOwn || isHeld; // two nodes that take it at once find out with the next look
      write();
    } else if (isLost.test(there) || (own.count == 0 && there.hasPlaceOf(own))) {
      isHeld = true; // its process is gone: this one has its address
      write();
    } else if (there.equals(seen)) {
      isHeld = false;
      if (nanoTime.getAsLong() - seenNanos > REST.toNanos()) {
        write();
      }
    } else {
      isHeld = false;
      seen = there;
      seenNanos = nanoTime.getAsLong();
    }
  }

  /** This node may have lost the lease without knowing; the next renewal finds out. */
  void doubt() {
    isHeld = false;
  }

  /** Lets another node lead at once. */
  void release() {
    if (isHeld) {
      isHeld = false;
      try {
        Files.deleteIfExists(folder.resolve(FILE));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Null if there is none. */
  private Entry read() {
    try {
      return MAPPER.readValue(Files.readAllBytes(folder.resolve(FILE)), Entry.class);
    } catch (NoSuchFileException | JsonProcessingException missingOrDamaged) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Not forced to disk: after a crash of the machine, no node leads there. */
  private void write() {
    own = new Entry(own.machine, own.leader, own.uid, own.count + 1);
    seen = own;
    Path file = folder.resolve(FILE);
    Path next = folder.resolve("%s.%d".formatted(FILE, own.uid));
    try {
      Files.createDirectories(folder);
      Files.writeString(next, MAPPER.writeValueAsString(own));
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
