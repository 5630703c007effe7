package jingwei.cluster.node;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import jingwei.cluster.session.LeadLostException;

/**
 * Whether this node still leads. The others count a node as lost some time after its last
 * heartbeat, and then another node takes over. So a node that stood still for {@link
 * #LEASE_MILLIS}, that was cut off from the majority for so long, or that was removed, must not
 * write any more. Any thread may ask; a timer renews the lease.
 */
final class Lead {
  /**
   * Not above the acceptable pause of the failure detector, and 2 s below the time after which the
   * majority begins to lead: see {@code jingwei-cluster.conf}.
   */
  static final long LEASE_MILLIS = 2_000;

  private final LongSupplier nanoTime;
  private long renewed;
  private String lost;

  /**
   * @param nanoTime a clock that goes on while the process is stopped
   */
  Lead(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    renewed = nanoTime.getAsLong();
  }

  /** The process runs, and reaches the majority of the nodes. */
  synchronized void renew() {
    check();
    renewed = nanoTime.getAsLong();
  }

  /** Another node leads. */
  synchronized void lose(String reason) {
    if (lost == null) {
      lost = reason;
    }
  }

  /** True if the lead is lost, for good. */
  synchronized boolean isLost() {
    check();
    return lost != null;
  }

  /**
   * @throws LeadLostException if another node may lead
   */
  synchronized void require() {
    check();
    if (lost != null) {
      throw new LeadLostException(lost);
    }
  }

  private void check() {
    long millis = TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - renewed);
    if (lost == null && millis > LEASE_MILLIS) {
      lost =
          "this node stood still, or was cut off from the majority, for %d ms, so another may lead"
              .formatted(millis);
    }
  }
}
