package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import jingwei.cluster.session.LeadLostException;
import org.junit.jupiter.api.Test;

class LeadTest {
  private long millis;
  private final Lead lead = new Lead(() -> TimeUnit.MILLISECONDS.toNanos(millis));

  @Test
  void aLeadThatIsRenewedInTimeIsHeld() {
    for (int i = 0; i < 10; i++) {
      millis += Lead.LEASE_MILLIS;
      lead.require();
      lead.renew();
    }
    assertFalse(lead.isLost());
  }

  @Test
  void aProcessThatStoodStillHasLostTheLeadWhoeverNoticesFirst() {
    millis += Lead.LEASE_MILLIS + 1;
    lead.renew();

    LeadLostException lost = assertThrows(LeadLostException.class, lead::require);
    assertEquals(
        "this node stood still, or was cut off from the majority, for 2001 ms, so another may lead",
        lost.getMessage());
  }

  @Test
  void aLeadThatNobodyRenewsIsLostToWhoeverAsks() {
    Lead other = new Lead(() -> TimeUnit.MILLISECONDS.toNanos(millis));
    millis += Lead.LEASE_MILLIS + 1;

    assertThrows(LeadLostException.class, lead::require);
    assertTrue(other.isLost());
  }

  @Test
  void aLostLeadDoesNotComeBack() {
    lead.lose("removed");
    lead.renew();

    assertTrue(lead.isLost());
    assertEquals("removed", assertThrows(LeadLostException.class, lead::require).getMessage());
  }
}
