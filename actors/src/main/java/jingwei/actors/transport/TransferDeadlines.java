package jingwei.actors.transport;

import jingwei.actors.link.Link;
import jingwei.actors.progress.Progress;

/**
 * When transfers have waited for too long. Belongs to the transport thread.
 *
 * <p>After its first part, a tensor must move on within the deadline. Before its first part, it
 * waits as long as the node makes progress: its sender may still compute, or other tensors may come
 * first. Without progress it has twice the time, so that the coordinator, which knows the missing
 * owner, reports first.
 *
 * <p>Bytes on a slowed link are progress. A tensor that is sent has its time from when its next
 * part has crossed the link. One that is received has the time of a part more, since its parts may
 * be that far apart; before its first part it has the latency more, too, since its sender may be
 * another node, which counts the bytes on the link as progress of its own.
 */
final class TransferDeadlines {
  private static final int NOT_BEGUN_FACTOR = 2;

  private final TransportSettings settings;
  private final Link link;
  private final Progress progress;
  private long seenProgress;
  private long lastProgressNanos;

  TransferDeadlines(TransportSettings settings, Link link, Progress progress) {
    this.settings = settings;
    this.link = link;
    this.progress = progress;
  }

  /** Begins a check of all transfers. */
  void begin(long nowNanos) {
    if (link.isBusy(nowNanos)) {
      progress.made();
    }
    long count = progress.count();
    if (count != seenProgress) {
      seenProgress = count;
      lastProgressNanos = nowNanos;
    }
  }

  /**
   * The time that a transfer has left; not above zero if it has waited for too long.
   *
   * @param nextPartEnd where the next part ends of a tensor that is sent
   */
  long leftNanos(Transfer transfer, long nextPartEnd, long nowNanos) {
    long since =
        transfer.hasBegun()
            ? transfer.sinceNanos
            : Math.max(transfer.sinceNanos, lastProgressNanos);
    if (transfer.passage != null) {
      since = Math.max(since, transfer.passage.arrivalNanos(nextPartEnd));
    }
    return since + limitNanos(transfer) - nowNanos;
  }

  /** The longest time that a transfer may wait. */
  long limitNanos(Transfer transfer) {
    long deadline = settings.deadlineNanos();
    if (!transfer.hasBegun()) {
      long notBegun = NOT_BEGUN_FACTOR * deadline;
      return transfer.isSend()
          ? notBegun
          : notBegun + link.longestArrivalNanos(settings.partBytes());
    }
    return transfer.isSend() ? deadline : deadline + link.longestNanos(settings.partBytes());
  }
}
