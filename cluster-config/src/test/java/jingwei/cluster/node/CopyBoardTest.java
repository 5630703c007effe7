package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class CopyBoardTest {
  private final CopyBoard board = new CopyBoard();

  @Test
  void aSessionWithoutCopiesIsSafeAndSaysNothing() {
    assertTrue(isSafe());
    assertEquals("{}", described());
  }

  @Test
  void aChangeIsSafeOnceItIsCopied() {
    board.changed("one");
    assertFalse(isSafe());
    assertFalse(board.isSettled());

    board.publish("one", new CopyBoard.State(board.change("one"), "b", 3, 40, "", true));
    assertTrue(isSafe());
    assertEquals("{\"copies\":[{\"address\":\"b\",\"epoch\":3,\"step\":40}]}", described());

    board.changed("one");
    assertFalse(isSafe());
    assertTrue(board.isSafe("one", 1));
    assertFalse(board.isSettled());
  }

  @Test
  void nobodyWaitsForACopyThatIsNotPossible() {
    board.changed("one");
    board.publish("one", board.state("one").lost("no second node"));

    assertTrue(isSafe());
    assertEquals("{\"copies\":[],\"copyFault\":\"no second node\"}", described());
  }

  @Test
  void aCopyThatFailedIsNotSafeButANodeMayLeave() {
    board.changed("one");
    board.publish("one", board.state("one").withFault("the disk is full"));

    assertFalse(isSafe());
    assertTrue(board.isSettled());
  }

  private boolean isSafe() {
    return board.isSafe("one", board.change("one"));
  }

  private String described() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    board.describe("one", json);
    return json.toString();
  }
}
