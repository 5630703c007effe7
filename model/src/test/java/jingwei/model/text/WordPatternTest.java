package jingwei.model.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import org.junit.jupiter.api.Test;

class WordPatternTest {

  @Test
  void putsEveryCharacterIntoExactlyOneShortWord() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 300; i++) {
      String text = RandomText.of(random, 200);
      List<String> words = words(text);
      assertEquals(text, String.join("", words));
      assertTrue(words.stream().allMatch(word -> word.codePointCount(0, word.length()) <= 33));
    }
  }

  @Test
  void putsEveryCodePointIntoAWord() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      assertTrue(WordPattern.words(Character.toString(codePoint)).matches());
    }
  }

  @Test
  void keepsChineseApartFromLatinAndNumbersShort() {
    assertEquals(
        List.of("\u4E2D\u6587", "text", " and", "\u6C49\u5B57", "123", "45", "\uFF0C\n\n"),
        words("\u4E2D\u6587text and\u6C49\u5B5712345\uFF0C\n\n"));
  }

  @Test
  void keepsIndentationInOneWord() {
    assertEquals(List.of("{\n", "   ", " if", " (", "x"), words("{\n    if (x"));
  }

  @Test
  void neverCutsASurrogatePairIntoTwoPieces() {
    List<String> pieces = new ArrayList<>();
    WordPattern.pieces("abc\uD83D\uDE00d", 4, (piece, bytes) -> pieces.add(piece + bytes));
    assertEquals(List.of("abc\uD83D\uDE007", "d1"), pieces);
  }

  private static List<String> words(String text) {
    return WordPattern.words(text).results().map(MatchResult::group).toList();
  }
}
