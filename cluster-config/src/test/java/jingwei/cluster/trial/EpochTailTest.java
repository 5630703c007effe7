package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.chaos.EpochLines;
import jingwei.cluster.chaos.EpochLog;
import jingwei.model.UserException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EpochTailTest {
  private static final EpochLine FIRST = new EpochLine.Fault(1, "a", 10);
  private static final EpochLine SECOND = new EpochLine.Fault(1, "\u6587", 11);
  private static final EpochLine THIRD = new EpochLine.End(1, 3, 12);

  @TempDir Path folder;
  private Path file;
  private EpochTail tail;

  @BeforeEach
  void create() {
    file = folder.resolve(EpochLog.FILE);
    tail = new EpochTail(file);
  }

  @Test
  void thereIsNothingBeforeTheFile() {
    assertEquals(List.of(), tail.next());
  }

  @Test
  void eachLineComesOnce() throws IOException {
    append(text(FIRST) + text(SECOND));
    assertEquals(List.of(FIRST, SECOND), tail.next());
    assertEquals(List.of(), tail.next());
    append(text(THIRD));
    assertEquals(List.of(THIRD), tail.next());
  }

  @Test
  void aLineWaitsForItsEnd() throws IOException {
    String second = text(SECOND);
    append(text(FIRST) + second.substring(0, 10));
    assertEquals(List.of(FIRST), tail.next());
    assertEquals(List.of(), tail.next());
    append(second.substring(10));
    assertEquals(List.of(SECOND), tail.next());
  }

  @Test
  void aCutLineMayBeReplaced() throws IOException {
    append(text(FIRST) + text(SECOND).substring(0, 10));
    assertEquals(List.of(FIRST), tail.next());
    try (EpochLog next = new EpochLog(file)) {
      next.append(THIRD);
    }
    assertEquals(List.of(THIRD), tail.next());
  }

  @Test
  void aDamagedLineIsRefused() throws IOException {
    append("{}\n");
    assertThrows(UserException.class, tail::next);
  }

  private static String text(EpochLine line) {
    return EpochLines.text(line) + "\n";
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}
