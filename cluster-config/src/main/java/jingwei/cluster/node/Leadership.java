package jingwei.cluster.node;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import jingwei.cluster.session.LeadLostException;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.javadsl.ActorContext;

/**
 * Whether this node may lead sessions: it reaches the majority, holds the lease of the folder, and
 * did not stand still. For the actor that leads.
 */
final class Leadership {
  private static final Duration RENEWAL = Duration.ofMillis(250);

  /** After this time a node that stood still knows whether the others have removed it. */
  private static final Duration RECONSIDER = Duration.ofSeconds(10);

  private final NodeSelf self;
  private final Membership membership;
  private final FolderLease lease;
  private final Cancellable renewal;
  private volatile Lead lead = new Lead(System::nanoTime);

  /** Whether the lead was ever renewed; a lead that was not is not lost by standing still. */
  private volatile boolean hasBegun;

  private boolean isReconsidered;
  private long reconsiderNanos = System.nanoTime();

  /** Why this node lost the lead; null if it did not, or has said so. */
  private String loss;

  private long lossMillis;

  Leadership(ActorContext<?> context, NodeSelf self, Membership membership) {
    this.self = self;
    this.membership = membership;
    lease = new FolderLease(self.settings().folder(), self.info(), System::nanoTime);
    renewal =
        context
            .getSystem()
            .scheduler()
            .scheduleWithFixedDelay(
                RENEWAL,
                RENEWAL,
                () -> {
                  if (membership.view().isMajority()) {
                    renewLead();
                  }
                },
                context.getExecutionContext());
  }

  private void renewLead() {
    if (!hasBegun) {
      lead = new Lead(System::nanoTime);
      hasBegun = true;
    }
    lead.renew();
  }

  /** The lead as it is now; a run keeps the one that it began with. */
  Lead lead() {
    return lead;
  }

  /** Address of a node of another cluster that leads in this folder; empty if there is none. */
  Optional<String> otherCluster() {
    return lease.holder();
  }

  /**
   * Renews the lease of the folder. Is to be called at least once a second.
   *
   * @param leads whether a run goes on, which ends if another cluster has taken the folder
   */
  void renewLease(boolean leads) {
    try {
      lead.require();
      lease.renew(entry -> membership.wasRemoved(entry.uid()));
    } catch (LeadLostException lost) {
      return; // another node may hold the folder by now
    } catch (UncheckedIOException disk) {
      return; // a run finds out by itself; queries say why
    }
    if (leads && !lease.isHeld()) {
      lead.lose(
          "another cluster, led by node %s, has taken the folder %s"
              .formatted(lease.holder().orElse("unknown"), self.settings().folder()));
    }
  }

  /** Whether a run may begin. A lead that was lost is taken up again if the cluster allows. */
  boolean mayBegin() {
    View view = membership.view();
    if (!hasBegun
        || System.nanoTime() - reconsiderNanos < 0
        || view.draining().contains(self.address())
        || view.at(self.address()).isEmpty()
        || !view.isMajority()) {
      return false;
    }
    if (lead.isLost() && !isReconsidered) {
      reconsider(); // what it knows of the cluster and the folder may be old
      return false;
    }
    if (lead.isLost()) {
      lead = new Lead(System::nanoTime); // the cluster still counts on this node
      isReconsidered = false;
    }
    return lease.isHeld();
  }

  /** A run found that another node may lead. Whoever does begins its epoch first. */
  void lost(String reason) {
    reconsider();
    loss = "node %s lost the lead: %s".formatted(self.address(), reason);
    lossMillis = System.currentTimeMillis();
  }

  /** Nothing begins for some seconds. */
  private void reconsider() {
    isReconsidered = true;
    lease.doubt();
    reconsiderNanos = System.nanoTime() + RECONSIDER.toNanos();
  }

  /** Tells a run, once, that the lead was lost before it. */
  void tellLoss(SessionProgress progress) {
    if (loss != null) {
      progress.faultAt(loss, lossMillis);
      loss = null;
    }
  }

  /**
   * This node leads no more.
   *
   * @param isIdle whether no run writes, so that another node may lead at once
   */
  void end(boolean isIdle) {
    renewal.cancel();
    if (isIdle && !lead.isLost()) {
      try {
        lease.release();
      } catch (UncheckedIOException disk) {
        // The next leader waits until the lease rests.
      }
    }
    lead.lose("this node does not lead any more");
  }
}
