package jingwei.model.state;

import jingwei.model.decoder.Owner;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;

/** Weights and moments of one owner, each in a flat buffer, and the number of updates. */
public final class OwnerState {
  /** Number of tensors: weights and two moments. */
  public static final int TENSORS = 3;

  private final Owner owner;
  private ParameterSet weights;
  private final ParameterSet firstMoment;
  private final ParameterSet secondMoment;
  private long updates;
  private long lastStep;
  private long lastApplied;

  /** Allocates a state of zeros. */
  public OwnerState(Owner owner, ElementType type, NativeMemory memory) {
    this(
        owner,
        new ParameterSet(owner.layout(), type, memory),
        new ParameterSet(owner.layout(), type, memory),
        new ParameterSet(owner.layout(), type, memory));
  }

  /** A state in buffers of the caller. */
  public OwnerState(
      Owner owner, ParameterSet weights, ParameterSet firstMoment, ParameterSet secondMoment) {
    this.owner = owner;
    this.weights = weights;
    this.firstMoment = firstMoment;
    this.secondMoment = secondMoment;
  }

  public Owner owner() {
    return owner;
  }

  public ParameterSet weights() {
    return weights;
  }

  /** The next version of the weights is in another buffer. */
  void setWeights(ParameterSet newWeights) {
    weights = newWeights;
  }

  public ParameterSet firstMoment() {
    return firstMoment;
  }

  public ParameterSet secondMoment() {
    return secondMoment;
  }

  /** Updates so far: the version of the weights. */
  public long updates() {
    return updates;
  }

  /** The last step that changed the weights; 0 before the first one. */
  public long lastStep() {
    return lastStep;
  }

  /** Number of {@link #lastStep()} among the applied steps, from 1; 0 before the first update. */
  public long lastApplied() {
    return lastApplied;
  }

  /** Sets the counts from a checkpoint or after an update. */
  public void setClock(long newUpdates, long newLastStep, long newLastApplied) {
    updates = newUpdates;
    lastStep = newLastStep;
    lastApplied = newLastApplied;
  }
}
