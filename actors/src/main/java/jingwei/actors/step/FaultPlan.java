package jingwei.actors.step;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * Faults to inject at coordinates (actor, step), to test that training survives them. A plan
 * injects each fault once, even if the step is replayed. Each node has a copy of the run's plan;
 * the run removes from its own what a node has injected. Thread-safe.
 */
public final class FaultPlan {
  private final List<Fault> pending;
  private final List<Fault> hanging;
  private final List<Fault> injected = new CopyOnWriteArrayList<>();
  private final Duration hang;
  private final Duration storeDelay;

  /**
   * @param actor its name in messages: {@code blocks.1}, {@code blocks.1.experts.3}, {@code store}
   * @param step in which the actor's handler throws; for {@code node}, which fails when it starts,
   *     the last step before the session
   */
  public record Fault(String actor, long step) {}

  /** The exception that an injected fault throws. */
  public static final class InjectedFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    InjectedFault(Fault fault) {
      super("injected fault at actor=%s step=%d".formatted(fault.actor, fault.step));
    }
  }

  /**
   * @param storeDelay how long the store waits before it begins an update
   */
  public FaultPlan(List<Fault> faults, Duration storeDelay) {
    this(faults, List.of(), Duration.ZERO, storeDelay);
  }

  private FaultPlan(List<Fault> faults, List<Fault> hanging, Duration hang, Duration storeDelay) {
    this.pending = new CopyOnWriteArrayList<>(faults);
    this.hanging = new CopyOnWriteArrayList<>(hanging);
    this.hang = hang;
    this.storeDelay = storeDelay;
  }

  /** Faults in which the actor does not throw but blocks its thread for this time. */
  public static FaultPlan hanging(List<Fault> faults, Duration hang) {
    return new FaultPlan(List.of(), faults, hang, Duration.ZERO);
  }

  /** Injects nothing. */
  public static FaultPlan none() {
    return new FaultPlan(List.of(), Duration.ZERO);
  }

  /** Another plan with the faults that were not injected yet. */
  public FaultPlan copy() {
    return new FaultPlan(pending, hanging, hang, storeDelay);
  }

  /** Faults of this plan that were injected. */
  public List<Fault> injected() {
    return List.copyOf(injected);
  }

  /** A node has injected this fault of its copy. */
  public void remove(Fault fault) {
    if (!pending.remove(fault)) {
      hanging.remove(fault);
    }
  }

  /** The actors have finished a step, so those that were to hang in it have done so. */
  public void removeHangs(long step) {
    hanging.removeIf(fault -> fault.step == step);
  }

  /** Throws or hangs if a fault is planned here and was not injected yet. */
  public void inject(String actor, long step) {
    if (pending.isEmpty() && hanging.isEmpty()) {
      return;
    }
    Fault here = new Fault(actor, step);
    if (pending.remove(here)) {
      injected.add(here);
      throw new InjectedFault(here);
    }
    if (hanging.remove(here)) {
      injected.add(here);
      long until = System.nanoTime() + hang.toNanos();
      while (System.nanoTime() < until) {
        LockSupport.parkNanos(until - System.nanoTime());
      }
    }
  }

  /** How long a store waits before it begins an update. */
  public Duration storeDelay() {
    return storeDelay;
  }

  /** Faults that were not injected yet. */
  public List<Fault> pending() {
    return new ArrayList<>(pending);
  }
}
