package jingwei.actors.device;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jingwei.model.step.StepRules;

/**
 * Which versions of an expert's weights exist, and which of them a step reads. Pure: its only input
 * is which steps were planned and applied.
 */
final class ReadableVersions {
  private final StepRules rules;
  private final Map<Integer, TreeSet<Long>> unapplied = new HashMap<>();
  private final Map<Integer, Long> lastMade = new HashMap<>();

  /** Updates of steps that were not planned when they were reported; other devices were faster. */
  private final Set<ResidencyKey> early = new HashSet<>();

  private long lastPlanned;

  ReadableVersions(StepRules rules) {
    this.rules = rules;
  }

  /** The step will update the expert, unless it is an evaluation. */
  void plan(ResidencyKey key) {
    if (key.step() > 0) {
      lastPlanned = Math.max(lastPlanned, key.step());
      if (early.remove(key)) {
        lastMade.merge(key.owner(), key.step(), Math::max);
        return;
      }
      unapplied.computeIfAbsent(key.owner(), o -> new TreeSet<>()).add(key.step());
    }
  }

  /**
   * The update of a step is in the store, or the step was refused; returns false if this was not
   * expected.
   */
  boolean applied(ResidencyKey key) {
    if (key.step() > lastPlanned) {
      return early.add(key);
    }
    TreeSet<Long> steps = unapplied.get(key.owner());
    boolean isAwaited = steps != null && steps.remove(key.step());
    if (isAwaited) {
      lastMade.put(key.owner(), key.step());
    }
    return isAwaited;
  }

  /** The last step before this one whose update of the expert is still to come; 0 for none. */
  long unappliedBefore(ResidencyKey key) {
    TreeSet<Long> steps = unapplied.get(key.owner());
    Long before = steps == null ? null : steps.lower(key.step());
    return before == null ? 0 : before;
  }

  /** Whether the oldest version that the step may read exists. */
  boolean isReady(ResidencyKey key) {
    return key.step() <= 0 || firstUnapplied(key.owner()) > oldestRead(key);
  }

  /** The newest version that the step may read now; with a delay there is only one. */
  long newest(ResidencyKey key) {
    long step = key.step();
    if (step <= 0) {
      return Long.MAX_VALUE;
    }
    if (rules.bound() == 0) {
      return Math.max(0, step - 1 - rules.delay());
    }
    return Math.min(step - 1, firstUnapplied(key.owner()) - 1);
  }

  /**
   * Whether a prefetch may take the newest version that exists. With bounded staleness, an old
   * version is never prefetched: a newer one may arrive in time.
   */
  boolean mayPrefetch(ResidencyKey key) {
    return rules.bound() == 0 || key.step() <= 0 || newest(key) == key.step() - 1;
  }

  /** Whether a step reads a version that another step of the run must produce. */
  boolean readsAnUpdate(ResidencyKey key) {
    return key.step() > 0 && oldestRead(key) > 0;
  }

  /** Whether the newest version that exists is the oldest one that the step may read. */
  boolean wasJustMade(ResidencyKey key) {
    return lastMade.getOrDefault(key.owner(), 0L) == oldestRead(key);
  }

  private long oldestRead(ResidencyKey key) {
    return key.step() - 1 - rules.mostStale();
  }

  private long firstUnapplied(int owner) {
    TreeSet<Long> steps = unapplied.get(owner);
    return steps == null || steps.isEmpty() ? Long.MAX_VALUE : steps.first();
  }
}
