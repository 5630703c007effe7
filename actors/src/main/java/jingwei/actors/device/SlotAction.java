package jingwei.actors.device;

/** An action that a {@link SlotScheduler} has decided on. */
public sealed interface SlotAction {
  /**
   * Fetch an expert's weights into a slot.
   *
   * @param asOf the weights are wanted as they were after this step
   * @param hasPartial whether its partial gradient, which the store keeps, is fetched too
   */
  record Fetch(ResidencyKey key, int slot, long asOf, boolean hasPartial) implements SlotAction {}

  /** Ask an expert for its slot. */
  record Revoke(ResidencyKey key) implements SlotAction {}

  /**
   * Lease a slot to an expert.
   *
   * @param readAsOf the slot holds the weights as they were after this step
   * @param startedBits bits of the replicas that have contributed to the partial gradient in the
   *     slot; 0 for none
   */
  record Lease(ResidencyKey key, int slot, long readAsOf, long startedBits) implements SlotAction {}

  /** Send the partial gradient in the slot of an evicted expert to the store. */
  record SendPartial(ResidencyKey key, int slot) implements SlotAction {}

  /**
   * Send a complete gradient to the store.
   *
   * @param startedBits bits of the device's replicas that have contributed
   * @param readAsOf the slot holds the weights as they were after this step
   * @param after the step whose gradient of the expert is handled first; 0 for none
   */
  record SendGradient(ResidencyKey key, int slot, long startedBits, long readAsOf, long after)
      implements SlotAction {}

  /** Count a residency whose last product is done, by what its expert waited for. */
  record Count(ExpertWait waitedFor) implements SlotAction {}

  /** Report that a step is closed: no residency of it is left on the device. */
  record Closed(long step) implements SlotAction {}
}
