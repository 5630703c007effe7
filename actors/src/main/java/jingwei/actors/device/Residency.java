package jingwei.actors.device;

/** What the scheduler knows of one {@link ResidencyKey}. */
final class Residency {
  /** Where the expert's bytes are. */
  enum State {
    /** On the host only. */
    ABSENT,
    /** On their way into a slot. */
    COMING,
    /** In a slot, leased to the expert. */
    RESIDENT,
    /** Leased still, but asked back. */
    REVOKED,
    /** Given back; a running gradient or the complete one is on its way out of the slot. */
    LEAVING,
    /** The visit is over. */
    OVER
  }

  /** What an expert with work had to wait for in its visit. */
  enum Wait {
    /** Nothing: its bytes were there. */
    NONE,
    /** Its bytes, which were not brought in time. */
    BYTES,
    /** The optimizer, which had not produced the version in time to bring it. */
    VERSION,
    /** Its bytes, which had been there and were evicted. */
    EVICTED
  }

  private final ResidencyKey visit;
  private final long[] uses;
  private int used;
  private State state = State.ABSENT;
  private int slot = -1;
  private boolean needed;
  private Wait wait = Wait.NONE;
  private boolean fetched;
  private boolean lackedSlot;
  private int fetches;
  private long readAsOf = -1;
  private long startedBits;
  private boolean dirty;

  /**
   * @param uses positions of its products in the course of the run, rising
   */
  Residency(ResidencyKey visit, long[] uses) {
    this.visit = visit;
    this.uses = uses;
  }

  ResidencyKey visit() {
    return visit;
  }

  /** Position of its next product. */
  long nextUse() {
    return uses[Math.min(used, uses.length - 1)];
  }

  /** One product is done; a backward leaves a running gradient in the slot. */
  void use(boolean isBackward) {
    used++;
    dirty |= isBackward;
  }

  /** Whether its slot holds a running gradient, which costs a transfer when it leaves. */
  boolean isDirty() {
    return dirty;
  }

  State state() {
    return state;
  }

  void become(State newState) {
    state = newState;
  }

  int slot() {
    return slot;
  }

  void setSlot(int newSlot) {
    slot = newSlot;
  }

  /** Whether the expert has work and no lease. */
  boolean isNeeded() {
    return needed;
  }

  void setNeeded(boolean isNeeded) {
    needed = isNeeded;
  }

  /** The expert has to wait. The first reason counts, unless it comes back from an eviction. */
  void waitFor(Wait what) {
    wait = wait == Wait.NONE || what == Wait.EVICTED ? what : wait;
  }

  /** What counts of all that it waited for. */
  Wait waitedFor() {
    return wait;
  }

  /** Whether its bytes were brought before, in this visit. */
  boolean wasFetched() {
    return fetched;
  }

  /** Whether it came back, or is coming back, after it had been evicted. */
  boolean isRefetched() {
    return fetches > 1 || (fetches == 1 && state == State.ABSENT) || state == State.LEAVING;
  }

  /** There was no slot for it when it could have been fetched. */
  void lackSlot() {
    lackedSlot = true;
  }

  boolean hasLackedSlot() {
    return lackedSlot;
  }

  /** Fixes the version for the whole visit: it reads the weights as they were after this step. */
  void fetchAsOf(long step) {
    fetched = true;
    fetches++;
    readAsOf = step;
  }

  long readAsOf() {
    return readAsOf;
  }

  /** Which replicas its running gradient, now on the host, has sums of; 0 for none. */
  long startedBits() {
    return startedBits;
  }

  void setStartedBits(long bits) {
    startedBits = bits;
  }

  @Override
  public String toString() {
    return visit + " " + state;
  }
}
