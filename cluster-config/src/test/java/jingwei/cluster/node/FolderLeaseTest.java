package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLeaseTest {
  @TempDir Path folder;
  private long millis;
  private final NodeDescription first = Nodes.at(7100);
  private final NodeDescription second = Nodes.at(7200);

  @Test
  void aFreeFolderIsHeldAfterASecondLook() {
    FolderLease lease = lease(first);
    lease.renew(entry -> false);
    assertFalse(lease.isHeld());

    lease.renew(entry -> false);
    assertTrue(lease.isHeld());
  }

  @Test
  void oneOfTwoNodesThatTakeAFolderAtOnceLeads() {
    FolderLease one = lease(first);
    FolderLease other = lease(second);
    one.renew(entry -> false);
    other.renew(entry -> false); // finds the entry of the first
    for (int i = 0; i < 20; i++) {
      millis += 500;
      one.renew(entry -> false);
      other.renew(entry -> false);
    }
    assertTrue(one.isHeld());
    assertFalse(other.isHeld());
    assertEquals(Optional.of(first.address()), other.holder());
    assertEquals(Optional.empty(), one.holder());
  }

  @Test
  void aLeaseThatRestsIsTakenOverAndItsFormerHolderFindsOut() {
    FolderLease one = held(first);
    FolderLease other = lease(second);
    other.renew(entry -> false);
    millis += FolderLease.REST.toMillis();
    other.renew(entry -> false);
    assertFalse(other.isHeld());

    millis++;
    other.renew(entry -> false);
    other.renew(entry -> false);
    assertTrue(other.isHeld());
    one.renew(entry -> false);
    assertFalse(one.isHeld());
  }

  @Test
  void theLeaseOfALostNodeIsTakenOverAtOnce() {
    held(first);
    FolderLease other = lease(second);
    other.renew(entry -> entry.uid() == first.uid());

    assertTrue(other.isHeld());
  }

  @Test
  void aNodeThatWasRestartedAtTheSameAddressNeedNotWait() {
    held(first);
    FolderLease again =
        lease(
            new NodeDescription(
                first.address(), 99, first.roles(), first.cores(), first.endpoint()));
    again.renew(entry -> false);

    assertTrue(again.isHeld());
  }

  /** Two containers may have the same name and the same loopback. */
  @Test
  void oneOfTwoNodesThatCallThemselvesTheSameLeads() {
    FolderLease one = held(first);
    FolderLease other =
        lease(
            new NodeDescription(
                first.address(), 99, first.roles(), first.cores(), first.endpoint()));
    int both = 0;
    for (int i = 0; i < 20; i++) {
      millis += 500;
      one.renew(entry -> false);
      other.renew(entry -> false);
      both += one.isHeld() && other.isHeld() ? 1 : 0;
    }

    assertTrue(both <= 1, "until the first one looks again: " + both);
    assertTrue(other.isHeld());
  }

  @Test
  void aLeaseInDoubtIsHeldOnlyAfterTheNextLook() {
    FolderLease one = held(first);
    one.doubt();
    assertFalse(one.isHeld());

    one.renew(entry -> false);
    assertTrue(one.isHeld());
  }

  @Test
  void theSameAddressOnAnotherMachineIsAnotherNode() {
    FolderLease one = held(Nodes.on("there", 7100));
    FolderLease other = lease(Nodes.on("here", 7100));
    for (int i = 0; i < 20; i++) {
      millis += 500;
      one.renew(entry -> false);
      other.renew(entry -> false);
    }

    assertTrue(one.isHeld());
    assertFalse(other.isHeld());
  }

  @Test
  void aReleasedLeaseIsFree() {
    FolderLease one = held(first);
    one.release();
    assertFalse(one.isHeld());

    assertTrue(held(second).isHeld());
  }

  private FolderLease held(NodeDescription node) {
    FolderLease lease = lease(node);
    lease.renew(entry -> false);
    lease.renew(entry -> false);
    assertTrue(lease.isHeld());
    return lease;
  }

  private FolderLease lease(NodeDescription node) {
    return new FolderLease(folder, node, () -> TimeUnit.MILLISECONDS.toNanos(millis));
  }
}
