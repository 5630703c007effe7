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
    assertTrue(board.isSafe("one"));
    assertEquals("{}", described());
  }

  @Test
  void aChangeIsSafeOnceItIsCopied() {
    board.changed("one");
    assertFalse(board.isSafe("one"));
    assertFalse(board.isSettled());

    board.publish("one", new CopyBoard.State(board.change("one"), "b", 3, 40, "", true));
    assertTrue(board.isSafe("one"));
    assertEquals("{\"copies\":[{\"address\":\"b\",\"epoch\":3,\"step\":40}]}", described());

    board.changed("one");
    assertFalse(board.isSafe("one"));
    assertFalse(board.isSettled());
  }

  @Test
  void nobodyWaitsForACopyThatIsNotPossible() {
    board.changed("one");
    board.publish("one", board.state("one").lost("no second node"));

    assertTrue(board.isSafe("one"));
    assertEquals("{\"copies\":[],\"copyFault\":\"no second node\"}", described());
  }

  @Test
  void aCopyThatFailedIsNotSafeButANodeMayLeave() {
    board.changed("one");
    board.publish("one", board.state("one").withFault("the disk is full"));

    assertFalse(board.isSafe("one"));
    assertTrue(board.isSettled());
  }

  private String described() {
    ObjectNode json = new ObjectMapper().createObjectNode();
    board.describe("one", json);
    return json.toString();
  }
}
