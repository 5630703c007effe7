package jingwei.streams.live;

import static jingwei.streams.live.LiveRowsFixture.pair;
import static jingwei.streams.live.LiveRowsFixture.row;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.corpus.Document;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.corpus.Rejections;
import jingwei.model.corpus.SourceSettings.OnRejected;
import jingwei.model.data.DocumentStreams.OpenDomain;
import jingwei.model.data.DomainStream.Position;
import jingwei.model.data.PlacedDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LiveDocumentsTest {
  private static final int EN = 0;
  private static final int ZH = 1;
  @TempDir private Path folder;
  private LiveRowsFixture rows;

  private LiveDocuments open(double heldOut, OnRejected onRejected) {
    rows = new LiveRowsFixture(folder, heldOut, onRejected);
    return rows.documents;
  }

  @AfterEach
  void close() {
    rows.close();
  }

  @Test
  void givesTheDocumentsOfADomainInTheOrderOfTheirArrival() {
    OpenDomain en = open(0, OnRejected.SKIP).open(EN, Position.START);
    rows.append(row("zh", "z"), row("en", "a"), row("en", "b"));
    assertEquals("-#2 at 0", next(en));
    rows.append(row("en", "a"), row("zh", "y"));
    rows.spool.end();
    assertEquals("-#3 at 1", next(en));
    assertEquals("-#4 at 2", next(en));
    assertEquals(Optional.empty(), en.next(() -> false));
    OpenDomain zh = rows.documents.open(ZH, Position.START);
    assertEquals("-#1 at 0", next(zh));
    assertEquals("-#5 at 1", next(zh));
    assertEquals(Optional.empty(), zh.next(() -> false));
    assertEquals(Optional.empty(), rows.documents.failure());
  }

  @Test
  void goesOnFromAnyPositionWithTheSameDocuments() {
    LiveDocuments documents = open(0.3, OnRejected.SKIP);
    for (int i = 0; i < 30; i++) {
      rows.append(row("en", "text " + i), pair("zh", "zh " + i, "en " + i), row("fr", "no"));
    }
    rows.spool.end();
    for (int domain : List.of(EN, ZH)) {
      List<PlacedDocument> all = all(documents, domain, 0);
      assertTrue(all.size() > 10, "documents: " + all.size());
      assertTrue(domain == EN || all.size() % 2 == 0, "each pair gives two documents");
      for (int from = 0; from < all.size(); from++) {
        List<PlacedDocument> rest = all(documents, domain, from);
        assertEquals(all.size() - from, rest.size());
        assertSame(all.get(from), rest.getFirst());
        assertSame(all.getLast(), rest.getLast());
      }
    }
    assertEquals(30, rows.rejected.size(), "each row is rejected once");
  }

  @Test
  void trainsOnNoRowThatIsHeldOut() {
    LiveDocuments documents = open(0.3, OnRejected.SKIP);
    IntStream.range(0, 200).forEach(i -> rows.append(row("en", "text " + i)));
    rows.spool.end();
    List<PlacedDocument> trained = all(documents, EN, 0);
    assertEquals(140, trained.size(), 30);
    for (PlacedDocument each : trained) {
      int number = Integer.parseInt(each.document().id().substring(2)) - 1;
      assertFalse(rows.source.holdsOut(new Document.Plain("", "en", "", "text " + number)));
    }
  }

  @Test
  void saysWhichDomainAReaderWaitsForAndLetsItGiveUp() throws Exception {
    LiveDocuments documents = open(0, OnRejected.SKIP);
    AtomicInteger looks = new AtomicInteger();
    List<String> waits = new ArrayList<>();
    OpenDomain zh = documents.open(ZH, Position.START, looks::incrementAndGet);
    rows.append(row("en", "a"));
    assertEquals(
        Optional.empty(),
        zh.next(
            () -> {
              documents.waitsFor().ifPresent(waits::add);
              return waits.size() == 3;
            }));
    assertEquals(List.of("zh", "zh", "zh"), waits);
    assertTrue(looks.get() > 3, "looks: " + looks);
    assertEquals(Optional.empty(), documents.waitsFor());
    CompletableFuture<String> later = CompletableFuture.supplyAsync(() -> next(zh));
    rows.append(row("en", "b"));
    rows.append(row("zh", "z"));
    assertEquals("-#3 at 0", later.get(20, TimeUnit.SECONDS));
  }

  @Test
  void saysThatADomainIsWaitedForAfterAnotherReaderHasGivenUp() {
    LiveDocuments documents = open(0, OnRejected.SKIP);
    OpenDomain en = documents.open(EN, Position.START);
    OpenDomain zh = documents.open(ZH, Position.START);
    List<Optional<String>> waits = new ArrayList<>();
    assertEquals(
        Optional.empty(),
        zh.next(
            () -> {
              waits.add(documents.waitsFor());
              assertEquals(Optional.empty(), en.next(() -> true));
              return waits.size() == 2;
            }));
    assertEquals(List.of(Optional.of("zh"), Optional.of("zh")), waits);
  }

  @Test
  void rejectsRowsOnceWithTheirPlacesAndReasons() {
    LiveDocuments documents = open(0, OnRejected.SKIP);
    String first = row("en", "a");
    rows.append(first, "not JSON\n", row("fr", "b"), row("zh", "c"));
    rows.spool.end();
    all(documents, EN, 0);
    all(documents, ZH, 0);
    all(documents, ZH, 0);
    assertEquals(2, rows.rejected.size());
    RejectedRow notJson = rows.rejected.getFirst();
    assertEquals("-", notJson.file());
    assertEquals(2, notJson.line());
    assertEquals(first.length(), notJson.byteOffset());
    assertEquals(
        "the domain 'fr' is not one of data.domains (en, zh)", rows.rejected.getLast().reason());
  }

  @Test
  void recordsTheRejectedRowsThatNoDomainHasRead() {
    LiveDocuments documents = open(0, OnRejected.STOP);
    rows.append(row("en", "a"), "not JSON\n", "\n", row("en", "c"), row("fr", "d"));
    OpenDomain en = documents.open(EN, Position.START);
    assertEquals("-#1 at 0", next(en));
    assertEquals(0, rows.rejected.size());
    Rejections all = documents.recordRest();
    assertEquals(List.of(2L, 5L), rows.rejected.stream().map(RejectedRow::line).toList());
    assertEquals(rows.rejected, all.first());
    assertEquals(2, all.total());
    assertEquals(5, all.rows());
    rows.append(row("fr", "e"));
    assertEquals(3, documents.recordRest().total());
    assertEquals(6, rows.rejected.getLast().line());
  }

  @Test
  void endsAtARejectedRowIfToldSo() {
    LiveDocuments documents = open(0, OnRejected.STOP);
    rows.append(row("en", "a"), row("fr", "b"), row("en", "c"));
    assertEquals(1, all(documents, EN, 0).size());
    UserException end = assertInstanceOf(UserException.class, documents.failure().orElseThrow());
    assertTrue(end.getMessage().contains("- line 2"), end.getMessage());
  }

  @Test
  void endsWhenTooManyRowsCannotBeUsed() {
    LiveDocuments documents = open(0, OnRejected.SKIP);
    for (int i = 0; i < 49; i++) {
      rows.append(row("en", "a"));
    }
    for (int i = 0; i < 60; i++) {
      rows.append(row("fr", "b"));
    }
    assertEquals(49, all(documents, EN, 0).size());
    UserException end = assertInstanceOf(UserException.class, documents.failure().orElseThrow());
    assertTrue(end.getMessage().startsWith("51 of 100 rows cannot be used"), end.getMessage());
  }

  @Test
  void givesAllDurableRowsBeforeItEndsWithTheFailureOfItsSource() {
    LiveDocuments documents = open(0, OnRejected.SKIP);
    rows.append(row("en", "a"), row("en", "b"));
    rows.spool.fail(new IllegalStateException("the pipe broke"));
    assertEquals(2, all(documents, EN, 0).size());
    assertEquals("the pipe broke", documents.failure().orElseThrow().getMessage());
  }

  private static List<PlacedDocument> all(LiveDocuments documents, int domain, int from) {
    OpenDomain open = documents.open(domain, new Position(0, from, 0));
    List<PlacedDocument> all = new ArrayList<>();
    Optional<PlacedDocument> next = open.next(() -> false);
    while (next.isPresent()) {
      all.add(next.get());
      next = open.next(() -> false);
    }
    return all;
  }

  private static void assertSame(PlacedDocument expected, PlacedDocument actual) {
    assertEquals(expected.place(), actual.place());
    assertEquals(expected.document().id(), actual.document().id());
    assertArrayEquals(expected.document().tokens(), actual.document().tokens());
  }

  private static String next(OpenDomain domain) {
    PlacedDocument document = domain.next(() -> false).orElseThrow();
    return document.document().id() + " at " + document.place().index();
  }
}
