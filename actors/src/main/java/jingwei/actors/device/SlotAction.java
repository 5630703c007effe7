package jingwei.actors.device;

/** What a {@link SlotScheduler} wants done. */
public sealed interface SlotAction {
  /**
   * Fetch an expert's weights into a slot.
   *
   * @param asOf the step after which the weights are wanted
   * @param hasPartial whether its partial gradient, which the store keeps, is fetched too
   */
  record Fetch(ResidencyKey key, int slot, long asOf, boolean hasPartial) implements SlotAction {}

  /** Ask an expert for its slot. */
  record Revoke(ResidencyKey key) implements SlotAction {}

  /**
   * Lease a slot to an expert.
   *
   * @param readAsOf the step after which the weights in the slot were
   * @param startedBits which replicas the partial gradient in the slot has sums of; 0 for none
   */
  record Lease(ResidencyKey key, int slot, long readAsOf, long startedBits) implements SlotAction {}

  /** Send the partial gradient in the slot of an evicted expert to the store. */
  record SendPartial(ResidencyKey key, int slot) implements SlotAction {}

  /**
   * Send a complete gradient to the store.
   *
   * @param startedBits which replicas have contributed; the sum lies with the first of them
   */
  record SendGradient(ResidencyKey key, int slot, long startedBits) implements SlotAction {}

  /** Count a residency in which the last product is done, by what its expert waited for. */
  record Count(ExpertWait waitedFor) implements SlotAction {}

  /** Report that a step is closed: nothing of it is left on the device. */
  record Closed(long step) implements SlotAction {}
}
