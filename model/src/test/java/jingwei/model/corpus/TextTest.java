package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTest {
  /** The characters that end a line in Unicode and Python, besides the line ends of files. */
  private static final String LINE_BOUNDARIES = "\n\u000B\f\u001C\u001D\u001E\u0085";

  @Test
  void neverJoinsTwoWords() {
    for (char c = 0; c < 0x100; c++) {
      String text = Text.clean("one" + c + "two");
      if (Character.isISOControl(c)) {
        String between = LINE_BOUNDARIES.indexOf(c) >= 0 || c == '\r' ? "\n" : " ";
        assertEquals("one" + (c == '\t' ? "\t" : between) + "two", text, Integer.toHexString(c));
      } else {
        assertEquals("one" + c + "two", text);
      }
    }
  }

  @Test
  void makesEveryLineEndALineFeed() {
    assertEquals("a\nb\nc\nd\n\ne", Text.clean("a\r\nb\rc\nd\n\re"));
    assertEquals("a\u2028b\u2029c", Text.clean("a\u2028b\u2029c"));
  }

  @Test
  void removesBlanksAndAMarkAtTheStart() {
    assertEquals("a", Text.clean("\uFEFF \u0000\f a\u001F\u0085\t"));
    assertEquals("a\uFEFFb", Text.clean("a\uFEFFb"));
  }

  @Test
  void tellsWhetherAnythingRemainsWithoutCleaning() {
    for (String text :
        List.of(
            "", " ", "\u0000\u001F", "\uFEFF", "\uFEFF \f", "\u2028\u3000", "\uFEFF\uFEFF", "a")) {
      assertEquals(Text.clean(text).isEmpty(), !Text.holdsAnything(text), text);
    }
    assertTrue(Text.holdsAnything(" \u0000 x"));
    assertFalse(Text.holdsAnything("\u0085\r\n"));
  }
}
