package jingwei.cluster.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochLogTest {
  private static final String BEGIN =
      """
      {"event":"begin","epoch":2,"leader":"127.0.0.1:7101","from":40,"members":[{"address":"127.0.0.1:7101","replicas":[0],"experts":12,"firstExpert":true,"stages":[0,1]}],"millis":1699999999999}""";
  private static final String COMMIT =
      """
      {"event":"commit","epoch":2,"step":41,"batch":"7-41","documents":["a.txt#3","文.txt#1"],"experts":{"blocks.2.experts.17":41,"blocks.2.experts.5":3},"applied":true,"millis":1700000000000}""";
  private static final String CHECKPOINT =
      """
      {"event":"checkpoint","epoch":2,"step":60,"name":"step-00000060","millis":1700000000001}""";
  private static final String FAULT =
      """
      {"event":"fault","epoch":2,"what":"node 127.0.0.1:7102 left: unreachable","millis":1700000000002}""";
  private static final String END =
      """
      {"event":"end","epoch":2,"step":100,"millis":1700000000003}""";
  private static final List<EpochLine> LINES =
      List.of(
          new EpochLine.Begin(
              2,
              "127.0.0.1:7101",
              40,
              List.of(new EpochLine.Member("127.0.0.1:7101", List.of(0), 12, true, List.of(0, 1))),
              1_699_999_999_999L),
          new EpochLine.Commit(
              2,
              41,
              "7-41",
              List.of("a.txt#3", "文.txt#1"),
              new TreeMap<>(Map.of("blocks.2.experts.17", 41L, "blocks.2.experts.5", 3L)),
              true,
              1_700_000_000_000L),
          new EpochLine.Checkpoint(2, 60, "step-00000060", 1_700_000_000_001L),
          new EpochLine.Fault(2, "node 127.0.0.1:7102 left: unreachable", 1_700_000_000_002L),
          new EpochLine.End(2, 100, 1_700_000_000_003L));

  @TempDir Path folder;

  @Test
  void writesTheFormThatPeopleReadAndReadsItBack() throws IOException {
    Path file = folder.resolve(EpochLog.FILE);
    write(file, LINES);
    assertEquals(List.of(BEGIN, COMMIT, CHECKPOINT, FAULT, END), Files.readAllLines(file));
    assertEquals(LINES, EpochLines.read(file));
  }

  @Test
  void laterLeadersAppend() {
    Path file = folder.resolve(EpochLog.FILE);
    write(file, LINES.subList(0, 2));
    write(file, LINES.subList(2, 5));
    assertEquals(LINES, EpochLines.read(file));
  }

  @Test
  void thereMayBeNoFile() {
    assertEquals(List.of(), EpochLines.read(folder.resolve(EpochLog.FILE)));
  }

  /** Also cut within a character of several bytes, and within the first line. */
  @Test
  void dropsALastLineThatWasCutShort() throws IOException {
    byte[] bytes = (CHECKPOINT + "\n" + COMMIT + "\n").getBytes(UTF_8);
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      List<EpochLine> kept =
          length > CHECKPOINT.length() ? List.of(LINES.get(2)) : List.<EpochLine>of();
      assertEquals(kept, EpochLines.of("epochs.jsonl", cut), "length " + length);
    }
    Path file = folder.resolve(EpochLog.FILE);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 20));
    write(file, List.of(LINES.get(4)));
    assertEquals(List.of(LINES.get(2), LINES.get(4)), EpochLines.read(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "{",
        "[]",
        "{\"event\":\"start\",\"epoch\":2,\"step\":100,\"millis\":3}",
        "{\"epoch\":2,\"step\":100,\"millis\":3}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":100}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":null,\"millis\":3}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":\"100\",\"millis\":3}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":100.5,\"millis\":3}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":100,\"step\":101,\"millis\":3}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":100,\"millis\":3,\"more\":1}",
        "{\"event\":\"end\",\"epoch\":2,\"step\":100,\"millis\":3} {}",
        "{\"event\":\"fault\",\"epoch\":2,\"what\":null,\"millis\":3}",
        "{\"event\":\"fault\",\"epoch\":2,\"what\":7,\"millis\":3}"
      })
  void refusesADamagedLineByItsNumber(String damaged) throws IOException {
    Path file = folder.resolve(EpochLog.FILE);
    write(file, LINES.subList(0, 2));
    Files.writeString(file, damaged + "\n" + END + "\n", StandardOpenOption.APPEND);
    String told = assertThrows(UserException.class, () -> EpochLines.read(file)).getMessage();
    assertTrue(told.startsWith("Line 3 of " + file + " is damaged ("), told);
    assertEquals(1, told.lines().count(), told);
  }

  private static void write(Path file, List<EpochLine> lines) {
    try (EpochLog log = new EpochLog(file)) {
      lines.forEach(log::append);
    }
  }
}
