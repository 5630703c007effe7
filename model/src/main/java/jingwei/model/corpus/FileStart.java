package jingwei.model.corpus;

import java.util.HexFormat;
import java.util.List;

/**
 * The first bytes of a file that is not text in UTF-8.
 *
 * @param hex the bytes
 */
record FileStart(String hex, String reason, String remedy) {
  private static final String CONVERT = "convert it to UTF-8, for instance with iconv -t UTF-8";
  private static final String RENAME = "let its name end in .gz or .zst";
  private static final String UNPACK = "unpack it, or compress it with gzip or Zstandard";

  private static final List<FileStart> KNOWN =
      List.of(
          new FileStart("fffe0000", "it is UTF-32", CONVERT),
          new FileStart("0000feff", "it is UTF-32", CONVERT),
          new FileStart("fffe", "it is UTF-16", CONVERT),
          new FileStart("feff", "it is UTF-16", CONVERT),
          new FileStart("1f8b08", "it is compressed with gzip", RENAME),
          new FileStart("28b52ffd", "it is compressed with Zstandard", RENAME),
          new FileStart("fd377a585a00", "it is compressed with xz", UNPACK),
          new FileStart("425a6839314159265359", "it is compressed with bzip2", UNPACK),
          new FileStart("504b0304", "it is a zip archive", UNPACK));
  private static final int LONGEST_BYTES = 10;

  /**
   * @param start the first available bytes of a file
   * @throws DataFileException if they are not those of text in UTF-8
   */
  static void check(byte[] start, int length) throws DataFileException {
    String hex = HexFormat.of().formatHex(start, 0, Math.min(length, LONGEST_BYTES));
    for (FileStart each : KNOWN) {
      if (hex.startsWith(each.hex)) {
        throw new DataFileException(each.reason, each.remedy);
      }
    }
    if (looksLikeUtf16(start, length)) {
      throw new DataFileException("it looks like UTF-16, every other byte is zero", CONVERT);
    }
  }

  /** Text of the Latin alphabet in UTF-16 without a mark at its start. */
  private static boolean looksLikeUtf16(byte[] start, int length) {
    int[] zeros = new int[2];
    for (int i = 0; i < length; i++) {
      zeros[i & 1] += start[i] == 0 ? 1 : 0;
    }
    int many = Math.max(zeros[0], zeros[1]);
    int few = Math.min(zeros[0], zeros[1]);
    return length >= 8 && many > length / 4 && few <= many / 20;
  }
}
