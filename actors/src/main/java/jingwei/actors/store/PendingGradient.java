package jingwei.actors.store;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.buffer.GradientBuffer;
import jingwei.model.layer.Gradients;
import jingwei.model.memory.Matrix;
import jingwei.model.step.StepDecision;

/** The gradient of an expert in one step, from the first announcement until it is handled. */
final class PendingGradient {
  private final List<Share> shares = new ArrayList<>();
  private long announced;
  private int arrived;
  private long after;
  private Gradients total;
  private boolean isComplete;
  private StepDecision decision;
  private boolean isDue;

  /**
   * The contribution of one device.
   *
   * @param alone the whole gradient, if no other device contributes
   * @param sums of the device's replicas, if others contribute
   */
  record Share(GradientShare of, GradientBuffer alone, Matrix sums) {}

  /** Whether a device has announced its share. */
  boolean hasAnnounced(int device) {
    return (announced >> device & 1) != 0;
  }

  /** A device announces its share, which it has not done before. */
  void announce(Share share, long newAfter) {
    announced |= 1L << share.of.device();
    after = Math.max(after, newAfter);
    shares.add(share);
  }

  /** A share has arrived. */
  void arrive(Share share) {
    arrived++;
    if (share.alone != null) {
      total = share.alone.gradients().of(0);
      isComplete = true;
    }
  }

  List<Share> shares() {
    return shares;
  }

  /** Whether all shares are here, and wait to be added up. */
  boolean isToBeJoined() {
    return !isComplete && arrived > 0 && arrived == Long.bitCount(shares.getFirst().of.devices());
  }

  /** The sum over all replicas, for an updater; null until it is known. */
  Gradients total() {
    return total;
  }

  /** An updater has added up the shares; it then tells the store, which calls {@link #complete}. */
  void join(Gradients sum) {
    total = sum;
  }

  void complete() {
    isComplete = true;
  }

  /** Whether the sum over all replicas is known. */
  boolean isComplete() {
    return isComplete;
  }

  /** The step whose gradient of the expert is handled first; 0 for none. */
  long after() {
    return after;
  }

  /** The decision about the step; null until it is known. */
  StepDecision decision() {
    return decision;
  }

  void decide(StepDecision newDecision) {
    decision = newDecision;
  }

  /** Whether an injected delay is over. */
  boolean isDue() {
    return isDue;
  }

  void becomeDue() {
    isDue = true;
  }
}
