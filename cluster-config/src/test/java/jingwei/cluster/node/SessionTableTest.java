package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import jingwei.cluster.copy.HeldSession;
import jingwei.cluster.session.LeadLostException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionTableTest {
  @TempDir Path folder;
  private SessionTable table;

  @BeforeEach
  void setUp() {
    table = new SessionTable(folder);
  }

  @Test
  void aRecordIsReadAsItWasWritten() {
    SessionRecord record =
        record("one", 1)
            .inEpoch(3, "127.0.0.1:7101")
            .with(
                new SessionRecord.Reached(
                    7, new TreeMap<>(Map.of("en", 1.5)), 12.25, "node x does not answer"));
    table.add(record);

    assertEquals(record, table.find("one").orElseThrow());
    assertEquals(record, new SessionTable(folder).all().getFirst());
  }

  @Test
  void sessionsAreInTheOrderInWhichTheyWereSubmittedAndOtherFoldersAreNone() throws IOException {
    table.add(record("b", 1));
    table.add(record("a", 2));
    Files.createDirectory(folder.resolve("a-run-of-train"));

    assertEquals(List.of("b", "a"), table.all().stream().map(SessionRecord::name).toList());
    assertTrue(new SessionTable(folder.resolve("missing")).all().isEmpty());
  }

  @Test
  void anOlderEpochNeverReplacesANewerOne() {
    table.add(record("one", 1).inEpoch(4, "new"));

    assertThrows(LeadLostException.class, () -> table.replace(record("one", 1).inEpoch(3, "old")));
    assertEquals("new", table.find("one").orElseThrow().leader());
    assertEquals(4, table.newestEpoch());
  }

  @Test
  void aDamagedRecordIsAFaultAndNotAMissingSession() throws IOException {
    table.add(record("one", 1));
    Files.writeString(folder.resolve("one/session.json"), "{");

    assertThrows(UncheckedIOException.class, () -> table.find("one"));
  }

  @Test
  void aDamagedRecordDoesNotHideTheOthers() throws IOException {
    table.add(record("one", 1));
    table.add(record("two", 2));
    Files.writeString(folder.resolve("one/session.json"), "{");

    assertEquals(List.of("two"), table.all().stream().map(SessionRecord::name).toList());
    assertEquals(Set.of("one"), table.sessions().damaged().keySet());
  }

  @Test
  void aWishOfAUserOutlivesTheLeader() {
    SessionRecord running = record("one", 1).inEpoch(2, "node");
    table.add(running.wanting(SessionState.STOPPED));
    SessionRecord found = table.find("one").orElseThrow();

    assertTrue(found.mustEnd());
    assertTrue(found.inEpoch(3, "next").mustEnd());
    assertEquals(SessionState.STOPPED, found.ended(found.wanted()).state());
    assertFalse(running.mustEnd());
  }

  @Test
  void aSessionThatIsToGoOnAfterItsPauseIsQueuedAgain() {
    SessionRecord running = record("one", 1).inEpoch(2, "node").wanting(SessionState.QUEUED);

    assertEquals(SessionState.QUEUED, running.ended(SessionState.PAUSED).state());
    assertEquals(SessionState.QUEUED, running.ended(SessionState.STOPPED).state());
    assertEquals(SessionState.DONE, running.ended(SessionState.DONE).state());
    assertEquals(SessionState.FAILED, running.ended(SessionState.FAILED).state());
    assertFalse(running.mustEnd());
  }

  @Test
  void otherNodesReadTheEpochOfARecord() throws IOException {
    table.add(record("one", 1).inEpoch(4, "leader"));

    assertEquals(List.of(new HeldSession("one", 4, 0)), HeldSession.in(folder));
  }

  @Test
  void aNewEpochIsAboveThoseThatOtherNodesHaveSeen() {
    table.add(record("one", 1).inEpoch(4, "leader"));
    table.follows(7);

    assertEquals(7, table.newestEpoch());
  }

  @Test
  void everyChangeIsToldWithTheNameOfItsSession() {
    List<String> told = new ArrayList<>();
    table.onChange(told::add);
    table.add(record("one", 1));
    table.replace(record("one", 1).inEpoch(1, "leader"));

    assertEquals(List.of("one", "one"), told);
  }

  @Test
  void theLossOfTheLeaderIsAFaultOnlyForAProcessThatDidNotLead() {
    SessionRecord running = record("one", 1).inEpoch(2, "a");

    assertEquals(Optional.of("node a, which led the session, is lost"), running.lossBefore("b", 0));
    assertEquals(
        Optional.of("node a, which led the session, was started anew"), running.lossBefore("a", 0));
    assertEquals(Optional.empty(), running.lossBefore("a", 2));
    assertEquals(Optional.empty(), running.handedOver().lossBefore("b", 0));
    assertEquals(Optional.empty(), running.with(SessionState.PAUSED).lossBefore("b", 0));
    assertEquals(Optional.empty(), record("two", 2).lossBefore("b", 0));
  }

  private static SessionRecord record(String name, long number) {
    return SessionRecord.queued(name, number, "steps = 1");
  }
}
