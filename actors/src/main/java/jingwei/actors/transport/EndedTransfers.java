package jingwei.actors.transport;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The transfers that ended last, for requests and parts of them that come late. Belongs to the
 * transport thread.
 */
final class EndedTransfers {
  /** How many are remembered. */
  static final int REMEMBERED = 1024;

  private static final String HAS_ARRIVED = "it has arrived already";

  private final Map<TransferId, String> refusals = new LinkedHashMap<>();

  void hasArrived(TransferId transfer) {
    remember(transfer, HAS_ARRIVED);
  }

  /** A transfer will not arrive. */
  void hasFailed(TransferId transfer, String reason) {
    remember(transfer, reason);
  }

  private void remember(TransferId transfer, String refusal) {
    refusals.put(transfer, refusal);
    if (refusals.size() > REMEMBERED) {
      refusals.remove(refusals.keySet().iterator().next());
    }
  }

  boolean isArrived(TransferId transfer) {
    return HAS_ARRIVED.equals(refusals.get(transfer));
  }

  boolean isFailed(TransferId transfer) {
    return refusals.containsKey(transfer) && !isArrived(transfer);
  }

  /** Why a request to receive is refused; null if the transfer has not ended. */
  String refusal(TransferId transfer) {
    return refusals.get(transfer);
  }
}
