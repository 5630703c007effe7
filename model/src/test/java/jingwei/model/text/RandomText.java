package jingwei.model.text;

import java.util.List;
import java.util.random.RandomGenerator;

/** Valid text of any kind, the same for the same generator. */
final class RandomText {
  private static final List<String> AWKWARD =
      List.of(
          "\0",
          "\uFEFF",
          "\r\n",
          "\r",
          "\n\n\n",
          "\t",
          "\u00A0",
          "\u3000",
          "e\u0301",
          "\u200D",
          "\uD83D\uDE00",
          "\uD83D\uDC69\u200D\uD83D\uDCBB",
          "\uD840\uDC00",
          "<|eot|>",
          "<|pad|>",
          "<|domain:zh|>",
          " ".repeat(40),
          "=".repeat(60),
          "a".repeat(90),
          "9".repeat(10));

  private RandomText() {}

  static String of(RandomGenerator random, int parts) {
    var text = new StringBuilder();
    for (int i = 0; i < parts; i++) {
      switch (random.nextInt(7)) {
        case 0 -> text.append(AWKWARD.get(random.nextInt(AWKWARD.size())));
        case 1 -> text.appendCodePoint(random.nextInt(0x4E00, 0x9FFF));
        case 2 -> text.appendCodePoint(anyCodePoint(random));
        case 3 -> text.append(' ');
        default -> text.append((char) random.nextInt(0x20, 0x7F));
      }
    }
    return text.toString();
  }

  private static int anyCodePoint(RandomGenerator random) {
    int codePoint = random.nextInt(0x110000 - 0x800);
    return codePoint < 0xD800 ? codePoint : codePoint + 0x800;
  }
}
