package jingwei.model.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every row of a compressed file is read, or the file is refused with the place and the reason. */
class CompressedFilesTest {
  private static final SourceSettings ALL = SourceSettings.DEFAULT.withHeldOut(new HeldOut(0));
  private static final byte[] GARBAGE = "garbage".getBytes(StandardCharsets.US_ASCII);

  @TempDir private Path folder;

  enum Kind {
    GZIP("a.jsonl.gz", "gzip member"),
    ZSTANDARD("a.jsonl.zst", "Zstandard frame");

    final String file;
    final String part;

    Kind(String file, String part) {
      this.file = file;
      this.part = part;
    }

    byte[] compress(byte[] content) throws IOException {
      var out = new ByteArrayOutputStream();
      try (var compressing =
          this == GZIP ? new GZIPOutputStream(out) : new ZstdOutputStream(out).setChecksum(true)) {
        compressing.write(content);
      }
      return out.toByteArray();
    }
  }

  @ParameterizedTest
  @EnumSource
  void readsAllParts(Kind kind) throws IOException {
    byte[] three = join(part(kind, 1), part(kind, 2), part(kind, 3));
    assertEquals(List.of("row 1", "row 2", "row 3"), texts(kind, three));
    byte[] withEmpty = join(part(kind, 1), kind.compress(new byte[0]), part(kind, 2));
    assertEquals(List.of("row 1", "row 2"), texts(kind, withEmpty));
    assertEquals(List.of(), texts(kind, kind.compress(new byte[0])));
  }

  @ParameterizedTest
  @EnumSource
  void refusesAFileThatIsCutAnywhere(Kind kind) throws IOException {
    byte[] first = part(kind, 1);
    byte[] whole = join(first, part(kind, 2));
    for (int length = 0; length < whole.length; length++) {
      if (length != first.length) {
        String message = mistake(kind, Arrays.copyOf(whole, length));
        int part = length < first.length ? 1 : 2;
        assertTrue(
            message.contains(length == 0 ? "it is empty" : "%s %d at".formatted(kind.part, part)),
            length + ": " + message);
      }
    }
  }

  /** A changed byte never changes a text silently, and never ends a file early. */
  @ParameterizedTest
  @EnumSource
  void noticesAChangeOfAnyByte(Kind kind) throws IOException {
    byte[] whole = join(part(kind, 1), part(kind, 2));
    Random random = new Random(1);
    for (int at = 0; at < whole.length; at++) {
      for (int trial = 0; trial < 4; trial++) {
        byte[] changed = whole.clone();
        changed[at] ^= (byte) (1 + random.nextInt(255));
        try {
          assertEquals(List.of("row 1", "row 2"), texts(kind, changed), "byte " + at);
        } catch (UserException e) {
          assertTrue(e.getMessage().contains(kind.file + " cannot be read"), e.getMessage());
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatFollowsTheLastPart(Kind kind) throws IOException {
    byte[] first = part(kind, 1);
    for (byte[] more : List.of(GARBAGE, Arrays.copyOf(GARBAGE, 1))) {
      String message = mistake(kind, join(first, more));
      assertTrue(message.contains("%s 2 at compressed byte %d".formatted(kind.part, first.length)));
    }
    assertTrue(mistake(kind, GARBAGE).contains(kind.part + " 1 at compressed byte 0"));
  }

  @Test
  void takesZerosBehindAMemberForPadding() throws IOException {
    byte[] padded = join(part(Kind.GZIP, 1), new byte[100_000]);
    assertEquals(List.of("row 1"), texts(Kind.GZIP, padded));
    assertEquals(
        List.of("row 1", "row 2"), texts(Kind.GZIP, join(padded, part(Kind.GZIP, 2), new byte[3])));
    String message = mistake(Kind.GZIP, join(padded, GARBAGE));
    assertTrue(
        message.contains(
            "gzip member 2 at compressed byte %d: no gzip member begins here"
                .formatted(padded.length)),
        message);
  }

  @Test
  void readsEveryFieldOfAGzipHeader() throws IOException {
    byte[] plain = part(Kind.GZIP, 1);
    byte[] fields =
        join(
            new byte[] {0x1F, (byte) 0x8B, 8, 31, 1, 2, 3, 4, 0, 3},
            new byte[] {3, 0, 7, 7, 7},
            "name\0comment\0".getBytes(StandardCharsets.ISO_8859_1));
    CRC32 checksum = new CRC32();
    checksum.update(fields);
    byte[] body = Arrays.copyOfRange(plain, 10, plain.length);
    byte[] sum = {(byte) checksum.getValue(), (byte) (checksum.getValue() >> 8)};
    assertEquals(List.of("row 1"), texts(Kind.GZIP, join(fields, sum, body)));
    sum[0]++;
    assertTrue(mistake(Kind.GZIP, join(fields, sum, body)).contains("its header is damaged"));
  }

  @Test
  void passesOverSkippableFrames() throws IOException {
    byte[] skippable = {0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 9, 9, 9};
    assertEquals(
        List.of("row 1", "row 2"),
        texts(
            Kind.ZSTANDARD,
            join(skippable, part(Kind.ZSTANDARD, 1), skippable, part(Kind.ZSTANDARD, 2))));
    assertEquals(List.of(), texts(Kind.ZSTANDARD, skippable));
    assertTrue(
        mistake(Kind.ZSTANDARD, Arrays.copyOf(skippable, 9)).contains("the file ends inside it"));
  }

  /** Only the window size in the header changes. */
  @Test
  void readsWindowsUpToTwoGibibytesAndNamesLargerOnes() throws IOException {
    byte[] frame = Zstd.compress(row(1));
    byte[] blocks = Arrays.copyOfRange(frame, 6, frame.length); // after a size of one byte
    for (int exponent : new int[] {17, 18, 21}) { // windows of 2^(10 + exponent) bytes
      byte[] header = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0, (byte) (exponent << 3)};
      assertEquals(List.of("row 1"), texts(Kind.ZSTANDARD, join(header, blocks)));
    }
    byte[] header = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD, 0, (byte) (22 << 3)};
    String message = mistake(Kind.ZSTANDARD, join(header, blocks));
    assertTrue(message.contains("frame 1 at compressed byte 0: its window is larger"), message);
  }

  /** The content is larger than any buffer, in parts of many sizes. */
  @ParameterizedTest
  @EnumSource
  void readsLongContent(Kind kind) throws IOException {
    Random random = new Random(5);
    var file = new ByteArrayOutputStream();
    var content = new ByteArrayOutputStream();
    while (content.size() < 2_000_000) {
      byte[] piece = new byte[random.nextInt(300_000)];
      Arrays.setAll(new int[piece.length], i -> piece[i] = (byte) ('a' + random.nextInt(2)));
      content.write(piece);
      file.write(kind.compress(piece));
    }
    try (InputStream in =
        SourceFormat.open(Files.write(folder.resolve(kind.file), file.toByteArray()))) {
      assertTrue(Arrays.equals(content.toByteArray(), in.readAllBytes()));
    }
  }

  private static byte[] row(int number) {
    return "{\"text\": \"row %d\"}\n".formatted(number).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] part(Kind kind, int number) throws IOException {
    return kind.compress(row(number));
  }

  private static byte[] join(byte[]... parts) throws IOException {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }

  private String mistake(Kind kind, byte[] file) {
    String message = assertThrows(UserException.class, () -> texts(kind, file)).getMessage();
    assertEquals(1, message.lines().count(), message);
    return message;
  }

  private List<String> texts(Kind kind, byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve(kind.file), bytes);
    List<String> texts = new ArrayList<>();
    DataSources.of(List.of("en=" + file), ALL)
        .forEach(
            InputStream.nullInputStream(),
            document -> texts.addAll(document.texts()),
            notice -> {},
            row -> {});
    return texts;
  }
}
