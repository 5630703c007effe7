package jingwei.actors.link;

/** The direction in which a tensor crosses the link between a device and a host. */
public enum LinkDirection {
  /** The tensor does not cross the link: weights and gradients of dense stages, and states. */
  NONE,
  /** Weights and partial gradients of experts, from their store. */
  TO_DEVICE,
  /** Gradients and partial gradients of experts, to their store. */
  TO_HOST
}
