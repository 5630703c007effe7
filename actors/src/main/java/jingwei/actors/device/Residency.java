package jingwei.actors.device;

/**
 * The scheduler's state of the residency with one {@link ResidencyKey}. Only {@link
 * ResidencyPlanner} changes it, since its queues are sorted by these values.
 */
class Residency {
  /** Where the expert's weights and partial gradient are. */
  enum State {
    /** On the host only. */
    ABSENT,
    /** On their way into a slot. */
    COMING,
    /** In a slot, leased to the expert. */
    RESIDENT,
    /** Still leased, but the scheduler has revoked the lease. */
    REVOKED,
    /** Given back; the slot still holds a partial or complete gradient until it is sent. */
    LEAVING,
    /** The residency is over. */
    OVER
  }

  private final ResidencyKey key;
  private final long[] uses;
  private final long sequence;
  private boolean[] kept = {};
  private int forwards;
  private int backwards;
  private boolean usedInSlot;
  private State state = State.ABSENT;
  private ResidencyQueues.Queue queue = ResidencyQueues.Queue.NONE;
  private long wantedSince;
  private int slot = -1;
  private int tensorsComing;
  private boolean needed;
  private ExpertWait wait = ExpertWait.NONE;
  private boolean lackedSlot;
  private int fetches;
  private long readAsOf = -1;
  private long startedBits;
  private boolean dirty;
  private boolean finished;

  /**
   * @param uses positions of its products in the run, in increasing order
   * @param sequence number of the residency in the order of planning, which breaks ties
   */
  Residency(ResidencyKey key, long[] uses, long sequence) {
    this.key = key;
    this.uses = uses;
    this.sequence = sequence;
  }

  ResidencyKey key() {
    return key;
  }

  long sequence() {
    return sequence;
  }

  /**
   * Without this call the slot is always kept.
   *
   * @param keepsSlot for each use, whether {@link KeepPlan} keeps the slot until the next one
   */
  void setKept(boolean[] keepsSlot) {
    kept = keepsSlot;
  }

  /** Position of its next product. */
  long nextUse() {
    return uses[Math.min(next(), uses.length - 1)];
  }

  /**
   * Index of its next product. In a training step forward and backward alternate in the schedule,
   * but with several micro-batches in flight a forward may overtake the backward before it.
   */
  private int next() {
    boolean isInOrder = key.step() <= 0 || backwards > forwards;
    return isInOrder ? forwards + backwards : Math.min(2 * forwards, 2 * backwards + 1);
  }

  /** One product is done; a backward leaves a partial gradient in the slot. */
  void use(boolean isBackward) {
    if (isBackward) {
      backwards++;
    } else {
      forwards++;
    }
    usedInSlot = true;
    dirty |= isBackward;
  }

  /** Whether it has computed since it came into its slot. */
  boolean isUsedInSlot() {
    return usedInSlot;
  }

  /** Whether the plan keeps it in its slot after its next product. */
  boolean staysAfterNext() {
    int next = next();
    return next >= kept.length || kept[next];
  }

  /** Whether the plan gives up its slot before its next use. */
  boolean isGivenUp() {
    int last = next() - 1;
    return usedInSlot && last >= 0 && last < kept.length && !kept[last];
  }

  /** Whether its slot holds a partial gradient, which costs a transfer when it leaves. */
  boolean isDirty() {
    return dirty;
  }

  State state() {
    return state;
  }

  void become(State newState) {
    state = newState;
  }

  ResidencyQueues.Queue queue() {
    return queue;
  }

  void setQueue(ResidencyQueues.Queue newQueue) {
    queue = newQueue;
  }

  int slot() {
    return slot;
  }

  /** Whether the expert has work and no lease. */
  boolean isNeeded() {
    return needed;
  }

  void setNeeded(boolean isNeeded) {
    needed = isNeeded;
  }

  /** The expert has to wait. The first reason counts, unless it comes back from an eviction. */
  void waitFor(ExpertWait what) {
    wait = wait == ExpertWait.NONE || what == ExpertWait.EVICTED ? what : wait;
  }

  /** The one wait that is counted for the whole residency. */
  ExpertWait waitedFor() {
    return wait;
  }

  /** Whether its weights were fetched before, in this residency. */
  boolean wasFetched() {
    return fetches > 0;
  }

  /** Whether it came back, or is coming back, after it had been evicted. */
  boolean isRefetched() {
    return fetches > 1 || (fetches == 1 && state == State.ABSENT) || state == State.LEAVING;
  }

  /** It can be fetched from now on, after this number of decisions. */
  void beginWanting(long decisions) {
    wantedSince = decisions;
  }

  /** It is fetched, or it can no longer be fetched. */
  void endWanting(long decisions) {
    lackedSlot |= decisions > wantedSince;
  }

  /** Whether some decision had no slot for it although it could be fetched. */
  boolean hasLackedSlot(long decisions) {
    return lackedSlot || (queue.isWanted() && decisions > wantedSince);
  }

  /**
   * Its weights, and its partial gradient if it has one, are fetched into a slot. The first fetch
   * fixes the version for the whole residency: it reads the weights as they were after this step.
   */
  void fetch(int intoSlot, long asOf) {
    slot = intoSlot;
    usedInSlot = false;
    fetches++;
    readAsOf = asOf;
    tensorsComing = startedBits == 0 ? 1 : 2;
    state = State.COMING;
  }

  /** A tensor arrived in the slot; returns whether it was the last one. */
  boolean arrive() {
    return --tensorsComing == 0;
  }

  /** Its slot is empty. */
  void vacate(boolean isOver) {
    slot = -1;
    state = isOver ? State.OVER : State.ABSENT;
  }

  long readAsOf() {
    return readAsOf;
  }

  /** Bits of the replicas that have contributed to its partial gradient on the host; 0 for none. */
  long startedBits() {
    return startedBits;
  }

  void setStartedBits(long bits) {
    startedBits = bits;
  }

  /** Whether its last product of the step is done. */
  boolean isFinished() {
    return finished;
  }

  void finish() {
    finished = true;
  }

  @Override
  public String toString() {
    return key + " " + state;
  }
}
