package jingwei.actors.transport;

import java.util.HashMap;
import java.util.Map;

/**
 * The open transfers of an actor, with what it needs when the reply comes. Belongs to that actor.
 *
 * @param <T> what the actor keeps for a transfer
 */
public final class AwaitedReplies<T> {
  private final String actor;
  private final Map<TransferId, T> awaited = new HashMap<>();

  /**
   * @param actor for messages
   */
  public AwaitedReplies(String actor) {
    this.actor = actor;
  }

  /** The actor asks the transport about a tensor. */
  public void put(TensorRef tensor, T kept) {
    awaited.put(tensor.transfer(), kept);
  }

  /**
   * Returns what was kept for a tensor that was sent or has arrived.
   *
   * @throws IllegalStateException if the transfer failed, or no transfer of this tensor is under
   *     way
   */
  public T take(TensorTransport.Reply reply) {
    TensorRef tensor = reply.tensor();
    if (reply instanceof TensorTransport.Failed(TensorRef failed, String reason)) {
      throw new IllegalStateException("tensor=%s: %s".formatted(failed.name(), reason));
    }
    T kept = awaited.remove(tensor.transfer());
    if (kept == null) {
      throw new IllegalStateException(
          "actor=%s tensor=%s transfer=%s step=%d: the transport answers, but no such transfer is under way"
              .formatted(actor, tensor.name(), tensor.transfer(), tensor.version()));
    }
    return kept;
  }
}
