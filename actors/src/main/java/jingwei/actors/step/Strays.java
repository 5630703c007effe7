package jingwei.actors.step;

import java.util.concurrent.atomic.LongAdder;

/** Counts the messages from other nodes that change nothing on a node. Thread-safe. */
public final class Strays {
  private final LongAdder foreign = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder doubled = new LongAdder();

  /** A message of another incarnation came. */
  public void foreign() {
    foreign.increment();
  }

  /** A message came about a step or transfer that is over. */
  public void late() {
    late.increment();
  }

  /** A message came that had come before. */
  public void doubled() {
    doubled.increment();
  }

  public StrayCounts counts() {
    return new StrayCounts(foreign.sum(), late.sum(), doubled.sum());
  }
}
