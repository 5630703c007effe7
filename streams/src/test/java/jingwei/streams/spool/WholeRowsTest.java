package jingwei.streams.spool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeRowsTest {
  private static final int LONGEST = 5;
  private final WholeRows rows = new WholeRows(LONGEST);
  private final List<String> given = new ArrayList<>();

  @Test
  void passesOnARowWhenItIsWhole() {
    add("a\nbb");
    add("b");
    assertEquals(List.of("a\n"), given);
    assertEquals("bbb", rest());
    add("\nc\n\nd");
    assertEquals(List.of("a\n", "bbb\nc\n\n"), given);
    assertEquals("d", rest());
  }

  @Test
  void givesTheSameRowsHoweverTheBytesAreCut() {
    String text = "one\n\nlonger than five\nfive!\nsix six\nx";
    for (int size = 1; size <= text.length(); size++) {
      WholeRows cut = new WholeRows(LONGEST);
      StringBuilder all = new StringBuilder();
      for (int from = 0; from < text.length(); from += size) {
        String part = text.substring(from, Math.min(text.length(), from + size));
        cut.add(bytes(part), part.length(), whole -> all.append(text(whole)));
      }
      assertEquals("one\n\nlonger\nfive!\nsix si\n", all.toString(), "parts of " + size);
      assertEquals("x", new String(cut.rest(), StandardCharsets.UTF_8));
    }
  }

  private void add(String text) {
    rows.add(bytes(text), text.length(), whole -> given.add(text(whole)));
  }

  private String rest() {
    return new String(rows.rest(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(ByteBuffer whole) {
    return StandardCharsets.UTF_8.decode(whole.duplicate()).toString();
  }
}
