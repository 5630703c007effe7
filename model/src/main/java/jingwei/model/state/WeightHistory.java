package jingwei.model.state;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
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
  private final ElementType type;
  private final NativeMemory memory;
  private final Deque<Version> older = new ArrayDeque<>();
  private final Deque<ParameterSet> free = new ArrayDeque<>();

  /**
   * @param madeBy the step that produced these weights; 0 for the initial ones
   */
  public record Version(long madeBy, ParameterSet weights) {}

  public WeightHistory(OwnerState state, ElementType type, NativeMemory memory) {
    this.state = state;
    this.type = type;
    this.memory = memory;
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

  /** Copies the newest weights before an update changes them in place. */
  public void keep(Kernels kernels) {
    ParameterSet copy =
        free.isEmpty() ? new ParameterSet(state.owner().layout(), type, memory) : free.pop();
    kernels.copy(state.weights().flat(), copy.flat());
    older.addFirst(new Version(state.lastStep(), copy));
  }

  /** The versions before the newest one, latest first; a checkpoint stores them too. */
  public List<Version> older() {
    return List.copyOf(older);
  }

  /** Allocates a version that a checkpoint stored; call it in the order of {@link #older}. */
  public ParameterSet restore(long madeBy) {
    ParameterSet weights = new ParameterSet(state.owner().layout(), type, memory);
    older.addLast(new Version(madeBy, weights));
    return weights;
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
}
