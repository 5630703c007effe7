package jingwei.actors.link;

import java.util.Objects;

/**
 * The speed of the link between devices and hosts. A slow link changes when tensors arrive, and
 * nothing else.
 *
 * @param toDevice speed of weights and partial gradients from a host
 * @param toHost speed of gradients and partial gradients from a device
 */
public record LinkSettings(LinkSpeed toDevice, LinkSpeed toHost) {
  /** The link is as fast as the transport. */
  public static final LinkSettings UNLIMITED =
      new LinkSettings(LinkSpeed.UNLIMITED, LinkSpeed.UNLIMITED);

  public LinkSettings {
    Objects.requireNonNull(toDevice, "toDevice");
    Objects.requireNonNull(toHost, "toHost");
  }

  /** The same speed in both directions, each with a queue of its own. */
  public static LinkSettings both(LinkSpeed speed) {
    return new LinkSettings(speed, speed);
  }
}
