package jingwei.actors.device;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import jingwei.actors.device.Residency.State;
import jingwei.model.step.StepRules;

/**
 * The decisions of a device's scheduler. Pure: no clock, no message, no memory. Reports are its
 * input, actions its output. {@link DeviceScheduler} turns actions into messages.
 *
 * <p>A report that contradicts the ones before is an {@link IllegalStateException} with the owner's
 * name and the step. Reports of different senders may come in either order. An expert's first need
 * may precede the lookahead of its step. The close of a step may precede the transfer of its last
 * tensor.
 */
public final class SlotScheduler {
  private static final String CLOSED_TWICE = "it was closed twice";
  private static final String NOT_PLANNED = "it is closed before its lookahead came";
  private static final Set<State> ANY = Set.of(State.values());
  private static final Set<State> LEASED = Set.of(State.RESIDENT, State.REVOKED);
  private static final Set<State> REVOKED = Set.of(State.REVOKED);
  private static final Set<State> COMING = Set.of(State.COMING);
  private static final Set<State> LEAVING = Set.of(State.LEAVING);

  private final ResidencyPlanner planner;
  private final IntFunction<String> names;

  /** Owners that had work before the lookahead of their step came, by step. */
  private final Map<Long, Set<Integer>> earlyNeeds = new HashMap<>();

  /** Steps to close as soon as their last residency is over. */
  private final Set<Long> closing = new HashSet<>();

  private long lastClosedStep;
  private long lastClosedEvaluation = Long.MIN_VALUE;
  private boolean isDecisionDue;

  /**
   * @param slots of the device
   * @param lookahead batches after the one being computed whose experts may be prefetched; 0 to
   *     prefetch nothing
   * @param names of owners, by index
   */
  public SlotScheduler(int slots, int lookahead, StepRules rules, IntFunction<String> names) {
    this(new ResidencyPlanner(slots, lookahead, rules), names);
  }

  SlotScheduler(ResidencyPlanner planner, IntFunction<String> names) {
    this.planner = planner;
    this.names = names;
  }

  /**
   * A step entered the lookahead window.
   *
   * @param uses positions of the products of each of its experts, by owner
   * @param elsewhere experts that only other devices use in this step
   */
  public void lookahead(long step, Map<Integer, long[]> uses, List<Integer> elsewhere) {
    if (planner.isOpen(step) || isClosed(step)) {
      throw fault(step, "its lookahead came twice");
    }
    planner.plan(step, uses, elsewhere);
    isDecisionDue = true;
    Set<Integer> early = earlyNeeds.remove(step);
    if (early != null) {
      early.forEach(owner -> need(new ResidencyKey(owner, step)));
    }
  }

  /** An expert has work and no lease; returns whether it begins to wait now. */
  public boolean need(ResidencyKey key) {
    if (!planner.isOpen(key.step()) && !isClosed(key.step())) {
      return earlyNeeds.computeIfAbsent(key.step(), s -> new HashSet<>()).add(key.owner());
    }
    Residency residency = require(key, "has work", ANY);
    if (residency.isFinished()) {
      throw fault(key, "it has work after its last product");
    }
    if (LEASED.contains(residency.state()) || residency.isNeeded()) {
      return false; // the lease is on its way to the expert, which works before it gives it back
    }
    planner.need(residency);
    isDecisionDue = true;
    return true;
  }

  /** An expert has done one product, which was not its last of the step. */
  public void used(ResidencyKey key, boolean isBackward) {
    isDecisionDue |= planner.use(require(key, "has computed", LEASED), isBackward);
  }

  /**
   * An expert gave its lease back after it was revoked.
   *
   * @param startedBits bits of the replicas that have contributed to the partial gradient in the
   *     slot; 0 for none
   */
  public List<SlotAction> yielded(ResidencyKey key, long startedBits) {
    Residency residency = require(key, "gives its slot back", REVOKED);
    residency.setStartedBits(startedBits);
    if (startedBits == 0) {
      return vacate(residency);
    }
    planner.leave(residency);
    return List.of(new SlotAction.SendPartial(key, residency.slot()));
  }

  /**
   * An expert has done its last product of the step, and its gradient is complete.
   *
   * @param startedBits bits of the replicas that have contributed; 0 after an evaluation
   */
  public List<SlotAction> finished(ResidencyKey key, long startedBits) {
    Residency residency = require(key, "has finished", LEASED);
    residency.finish();
    List<SlotAction> actions = new ArrayList<>();
    actions.add(new SlotAction.Count(residency.waitedFor()));
    if (startedBits == 0) {
      actions.addAll(vacate(residency));
    } else {
      planner.leave(residency);
      actions.add(
          new SlotAction.SendGradient(
              key,
              residency.slot(),
              startedBits,
              residency.readAsOf(),
              planner.unappliedBefore(key)));
    }
    return actions;
  }

  /** A partial or complete gradient was sent: its slot is empty. */
  public List<SlotAction> sent(ResidencyKey key) {
    return vacate(require(key, "has sent its gradient", LEAVING));
  }

  /** A tensor of a fetch is in its slot. */
  public List<SlotAction> arrived(ResidencyKey key) {
    Residency residency = require(key, "has got a tensor", COMING);
    if (!residency.arrive()) {
      return List.of();
    }
    planner.arrive(residency);
    isDecisionDue = true; // a residency may have found no victim because all slots were in transfer
    return List.of(
        new SlotAction.Lease(key, residency.slot(), residency.readAsOf(), residency.startedBits()));
  }

  /**
   * The store has handled an expert's gradient of a step. The step may be closed by then: later
   * steps may read the new version in either case. Returns false if the report was not awaited:
   * then it has come before.
   */
  public boolean applied(ResidencyKey key) {
    boolean isAwaited = planner.applied(key);
    isDecisionDue |= isAwaited;
    return isAwaited;
  }

  /** A step is over for the coordinator. */
  public List<SlotAction> close(long step) {
    if (!planner.isOpen(step) || !closing.add(step)) {
      throw fault(step, isClosed(step) || closing.contains(step) ? CLOSED_TWICE : NOT_PLANNED);
    }
    return closeIfOver(step);
  }

  /** Whether something happened since the last decision that may lead to another one. */
  public boolean isDecisionDue() {
    return isDecisionDue;
  }

  /** Makes one decision about all reports so far. */
  public List<SlotAction> decide() {
    isDecisionDue = false;
    return planner.decide();
  }

  int freeSlots() {
    return planner.freeSlots();
  }

  List<Residency> residencies() {
    return planner.residencies();
  }

  private List<SlotAction> vacate(Residency residency) {
    planner.vacate(residency, residency.isFinished());
    isDecisionDue = true;
    return closeIfOver(residency.key().step());
  }

  private List<SlotAction> closeIfOver(long step) {
    if (!closing.contains(step) || planner.numLeft(step) > 0) {
      return List.of();
    }
    closing.remove(step);
    planner.close(step);
    if (step > 0) {
      lastClosedStep = Math.max(lastClosedStep, step);
    } else {
      lastClosedEvaluation = Math.max(lastClosedEvaluation, step);
    }
    isDecisionDue = true;
    return List.of(new SlotAction.Closed(step));
  }

  /** Steps are closed in their order, and so are evaluations. */
  boolean isClosed(long step) {
    return step <= (step > 0 ? lastClosedStep : lastClosedEvaluation);
  }

  private Residency require(ResidencyKey key, String event, Set<State> allowed) {
    Residency residency = planner.find(key);
    if (residency == null) {
      String why =
          planner.isOpen(key.step()) ? "is over or was not planned" : "is not in the window";
      throw fault(key, "it %s, but its residency %s".formatted(event, why));
    }
    if (!allowed.contains(residency.state())) {
      throw fault(key, "it %s, but its residency is %s".formatted(event, residency.state()));
    }
    return residency;
  }

  @Override
  public String toString() {
    return planner.toString();
  }

  private IllegalStateException fault(ResidencyKey key, String problem) {
    return new IllegalStateException(
        "actor=scheduler owner=%s step=%d: %s"
            .formatted(names.apply(key.owner()), key.step(), problem));
  }

  private static IllegalStateException fault(long step, String problem) {
    return new IllegalStateException("actor=scheduler step=%d: %s".formatted(step, problem));
  }
}
