package jingwei.streams.live;

import static jingwei.streams.live.LiveRowsFixture.pair;
import static jingwei.streams.live.LiveRowsFixture.row;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.SourceSettings.OnRejected;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DomainSchedule;
import jingwei.model.data.DomainStream.Position;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is known of a live source is a function of the position and of each domain's rows. */
class LiveHistoryTest {
  private static final long ALL = 1 << 20;
  @TempDir private Path folder;

  /** Rows of one domain after the other, and of both in turn. */
  @Test
  void dependsOnTheOrderInEachDomainAlone() {
    List<String> en = IntStream.range(0, 60).mapToObj(i -> row("en", "text " + i)).toList();
    List<String> zh = IntStream.range(0, 60).mapToObj(i -> pair("zh", "z" + i, "e" + i)).toList();
    try (LiveRowsFixture first = open("first");
        LiveRowsFixture second = open("second")) {
      en.forEach(first::append);
      zh.forEach(first::append);
      for (int i = 0; i < 60; i++) {
        second.append(zh.get(i), "not a row\n", en.get(i));
      }
      LiveHistory one = history(first);
      LiveHistory other = history(second);
      List<Integer> counts = new ArrayList<>();
      for (int document = 0; document <= 30; document += 3) {
        DataPosition at = position(document, 0, document + 1, 2);
        assertEquals(one.fingerprint(at), other.fingerprint(at));
        List<List<List<Integer>>> held = tokens(one.heldOut(at));
        assertEquals(held, tokens(other.heldOut(at)));
        counts.add(held.getFirst().size());
      }
      assertEquals(0, counts.getFirst());
      assertTrue(counts.getLast() > 4, "held out: " + counts);
      DataPosition back = position(12, 0, 5, 1);
      assertEquals(history(first).fingerprint(back), one.fingerprint(back), "after going back");
      assertEquals(
          tokens(history(first).heldOut(back)), tokens(one.heldOut(back)), "after going back");
    }
  }

  /** Rows that come after the last document that was begun change nothing. */
  @Test
  void endsWithTheLastDocumentThatWasBegun() {
    try (LiveRowsFixture brief = open("short");
        LiveRowsFixture extended = open("long")) {
      for (int i = 0; i < 10; i++) {
        brief.append(row("en", "text " + i));
        extended.append(row("en", "text " + i));
      }
      IntStream.range(10, 200).forEach(i -> extended.append(row("en", "text " + i)));
      int trained =
          (int) IntStream.range(0, 10).filter(i -> !brief.source.holdsOut(document(i))).count();
      DataPosition end = position(trained, 0, 0, 0);
      assertEquals(history(brief).fingerprint(end), history(extended).fingerprint(end));
      assertEquals(tokens(history(brief).heldOut(end)), tokens(history(extended).heldOut(end)));
      DataPosition last = position(trained - 1, 3, 0, 0);
      assertEquals(history(brief).fingerprint(end), history(extended).fingerprint(last));
      DataPosition before = position(trained - 1, 0, 0, 0);
      assertNotEquals(history(brief).fingerprint(end), history(extended).fingerprint(before));
    }
  }

  @Test
  void refusesRowsThatEndBeforeThePosition() {
    try (LiveRowsFixture rows = open("rows")) {
      rows.append(row("en", "a"), row("en", "b"));
      UserException missing =
          assertThrows(UserException.class, () -> history(rows).fingerprint(position(5, 0, 0, 0)));
      assertTrue(missing.getMessage().contains("domain en has"), missing.getMessage());
    }
  }

  @Test
  void findsChangedRows() {
    DataPosition at = position(2, 0, 0, 0);
    try (LiveRowsFixture rows = open("rows");
        LiveRowsFixture changed = open("changed")) {
      IntStream.range(0, 9).forEach(i -> rows.append(row("en", "text " + i)));
      IntStream.range(0, 9).forEach(i -> changed.append(row("en", "test " + i)));
      assertNotEquals(history(rows).fingerprint(at), history(changed).fingerprint(at));
    }
  }

  @Test
  void keepsTheFirstHeldOutDocumentsUpToALimit() {
    try (LiveRowsFixture rows = open("rows")) {
      IntStream.range(0, 300).forEach(i -> rows.append(row("en", "text " + i)));
      DataPosition at = position(200, 0, 0, 0);
      List<List<Integer>> all = tokens(history(rows).heldOut(at)).getFirst();
      List<List<Integer>> few =
          tokens(new LiveHistory(rows.source, rows.spool::reader, 50).heldOut(at)).getFirst();
      int inputs = few.stream().mapToInt(tokens -> tokens.size() - 1).sum();
      assertTrue(inputs >= 50 && inputs < 70, "inputs: " + inputs);
      assertEquals(all.subList(0, few.size()), few);
    }
  }

  private LiveRowsFixture open(String name) {
    return new LiveRowsFixture(folder.resolve(name), 0.3, OnRejected.SKIP);
  }

  private static LiveHistory history(LiveRowsFixture rows) {
    return new LiveHistory(rows.source, rows.spool::reader, ALL);
  }

  private static DataPosition position(int en, int enOffset, int zh, int zhOffset) {
    return new DataPosition(
        1,
        List.of(new Position(0, en, enOffset), new Position(0, zh, zhOffset)),
        new DomainSchedule.Position(List.of(0L, 0L), List.of(0.0, 0.0)));
  }

  private static Document document(int number) {
    return new Document.Plain("", "en", "", "text " + number);
  }

  /** The tokens of every document of each domain. */
  private static List<List<List<Integer>>> tokens(List<DocumentSource> documents) {
    return documents.stream()
        .map(
            source ->
                IntStream.range(0, source.size())
                    .mapToObj(i -> Arrays.stream(source.read(i).tokens()).boxed().toList())
                    .toList())
        .toList();
  }
}
