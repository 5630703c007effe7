package jingwei.actors.transport;

import java.util.Objects;
import jingwei.actors.link.LinkSettings;
import jingwei.model.UserException;

/**
 * How tensors move within a node and between the nodes of a machine.
 *
 * @param local how a tensor gets from one actor to another of the same node
 * @param termBytes length of one of the three terms of the log, a power of two
 * @param partBytes how much of a tensor is written to the log at once
 * @param deadlineMillis longest pause of a tensor after its first part; before its first part it
 *     waits as long as the node makes progress
 * @param folder folder in which the transport creates the folder of its log; empty for shared
 *     memory. Unused by {@link Local#HANDOVER}
 * @param link speed of the link between devices and hosts, on every way that tensors move
 */
public record TransportSettings(
    Local local,
    int termBytes,
    int partBytes,
    long deadlineMillis,
    String folder,
    LinkSettings link) {
  private static final int MIN_PART_BYTES = 1 << 20;
  private static final int MAX_PART_BYTES = 4 << 20;
  private static final int MAX_TERM_BYTES = 1 << 30;
  private static final int PART_MULTIPLE_BYTES = 64;
  private static final long MAX_DEADLINE_MILLIS = 24L * 60 * 60 * 1000;

  /** How tensors move between two actors of one node. */
  public enum Local {
    /** Through Aeron's log in shared memory, as between nodes. */
    AERON,
    /**
     * From buffer to buffer, without checksum: {@link Transferable} buffers without a copy, others
     * with one. Aeron is not started. Nodes share no buffer: between them, tensors go through
     * Aeron.
     */
    HANDOVER
  }

  /**
   * @throws UserException if a value is out of its range
   */
  public TransportSettings {
    Objects.requireNonNull(local, "local");
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(link, "link");
    check(
        Integer.bitCount(termBytes) == 1 && termBytes > 0 && termBytes <= MAX_TERM_BYTES,
        "The term of the tensor log must be a power of two up to %d bytes, but it is %d."
            .formatted(MAX_TERM_BYTES, termBytes));
    check(
        partBytes >= MIN_PART_BYTES
            && partBytes <= MAX_PART_BYTES
            && partBytes % PART_MULTIPLE_BYTES == 0,
        "A part of a tensor must have %d to %d bytes in multiples of %d, but it has %d."
            .formatted(MIN_PART_BYTES, MAX_PART_BYTES, PART_MULTIPLE_BYTES, partBytes));
    check(
        partBytes + PartHeader.BYTES <= termBytes / 8,
        ("A part of %d bytes and its header of %d do not fit into an eighth of a term of %d bytes:"
                + " use smaller parts or longer terms.")
            .formatted(partBytes, PartHeader.BYTES, termBytes));
    check(
        deadlineMillis >= 1 && deadlineMillis <= MAX_DEADLINE_MILLIS,
        "The deadline of the transport must be 1 to %d milliseconds, but it is %d."
            .formatted(MAX_DEADLINE_MILLIS, deadlineMillis));
  }

  /**
   * Aeron in shared memory, 48 MB of log, parts of 1 MB, a deadline of half a minute, a link that
   * is not slowed.
   */
  public static TransportSettings defaults() {
    return new TransportSettings(
        Local.AERON, 16 << 20, 1 << 20, 30_000, "", LinkSettings.UNLIMITED);
  }

  /** The same with another way between two actors of a node. */
  public TransportSettings through(Local other) {
    return new TransportSettings(other, termBytes, partBytes, deadlineMillis, folder, link);
  }

  /** The same with another deadline. */
  public TransportSettings withDeadline(long millis) {
    return new TransportSettings(local, termBytes, partBytes, millis, folder, link);
  }

  /** The same with another link between devices and hosts. */
  public TransportSettings withLink(LinkSettings other) {
    return new TransportSettings(local, termBytes, partBytes, deadlineMillis, folder, other);
  }

  long deadlineNanos() {
    return deadlineMillis * 1_000_000;
  }

  private static void check(boolean isRight, String sentence) {
    if (!isRight) {
      throw new UserException(sentence);
    }
  }
}
