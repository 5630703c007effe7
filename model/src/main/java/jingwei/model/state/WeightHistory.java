package jingwei.model.state;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/**
 * The versions of one owner's weights that steps in flight still read. Without staleness there is
 * only the newest version, and nothing is allocated.
 */
public final class WeightHistory {
  private final OwnerState state;
  private final Supplier<ParameterSet> spare;
  private final Deque<Version> older = new ArrayDeque<>();
  private final Deque<ParameterSet> free = new ArrayDeque<>();

  /**
   * @param madeBy the step that produced these weights; 0 for the initial ones
   */
  public record Version(long madeBy, ParameterSet weights) {}

  /**
   * @param memory for older versions
   */
  public WeightHistory(OwnerState state, ElementType type, NativeMemory memory) {
    this(state, () -> new ParameterSet(state.owner().layout(), type, memory));
  }

  /**
   * @param spare gives a buffer for an older version, each time another one
   */
  WeightHistory(OwnerState state, Supplier<ParameterSet> spare) {
    this.state = state;
    this.spare = spare;
  }

  public OwnerState state() {
    return state;
  }

  /** The weights as they were after a step, or the oldest version that is kept. */
  public ParameterSet asOf(long step) {
    if (state.lastStep() <= step || older.isEmpty()) {
      return state.weights();
    }
    for (Version version : older) {
      if (version.madeBy <= step) {
        return version.weights;
      }
    }
    return older.getLast().weights;
  }

  /**
   * Keeps the newest weights where they are, since steps may be reading them, and lets the next
   * update change a copy.
   */
  public void keep(Kernels kernels) {
    ParameterSet newest = state.weights();
    ParameterSet copy = buffer();
    kernels.copy(newest.flat(), copy.flat());
    older.addFirst(new Version(state.lastStep(), newest));
    state.setWeights(copy);
  }

  /** The versions before the newest one, latest first; a checkpoint stores them too. */
  public List<Version> older() {
    return List.copyOf(older);
  }

  /** The counts of the owner and of its older versions. */
  public OwnerClock clock() {
    return new OwnerClock(
        state.updates(),
        state.lastStep(),
        state.lastApplied(),
        older.stream().map(Version::madeBy).toList());
  }

  /** Sets the counts, with a buffer for each older version; the caller fills the values. */
  public void setClock(OwnerClock clock) {
    older.forEach(version -> free.push(version.weights));
    older.clear();
    clock.older().forEach(madeBy -> older.addLast(new Version(madeBy, buffer())));
    state.setClock(clock.updates(), clock.lastStep(), clock.lastApplied());
  }

  /** Copies weights, moments, counts and older versions of the same owner from other memory. */
  public void copyFrom(WeightHistory other) {
    if (!other.state.owner().name().equals(state.owner().name())) {
      throw new IllegalArgumentException(
          "%s copied to %s".formatted(other.state.owner().name(), state.owner().name()));
    }
    setClock(other.clock());
    copy(other.state.weights(), state.weights());
    copy(other.state.firstMoment(), state.firstMoment());
    copy(other.state.secondMoment(), state.secondMoment());
    Iterator<Version> sources = other.older.iterator();
    for (Version version : older) {
      copy(sources.next().weights, version.weights);
    }
  }

  /** Drops versions that only reads as of a step before {@code step} would need. */
  public void forgetBefore(long step) {
    boolean covered = state.lastStep() <= step;
    for (Iterator<Version> versions = older.iterator(); versions.hasNext(); ) {
      Version version = versions.next();
      if (covered) {
        free.push(version.weights);
        versions.remove();
      }
      covered |= version.madeBy <= step;
    }
  }

  private ParameterSet buffer() {
    return free.isEmpty() ? spare.get() : free.pop();
  }

  private static void copy(ParameterSet from, ParameterSet to) {
    to.flat().segment().copyFrom(from.flat().segment());
  }
}
