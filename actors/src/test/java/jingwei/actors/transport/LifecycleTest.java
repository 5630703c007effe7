package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jingwei.actors.progress.Progress;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.model.UserException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LifecycleTest {
  private final Set<Thread> before = transportThreads();

  private static final Path SHARED_MEMORY = Path.of("/dev/shm");
  private static final Path TEMPORARY = Path.of(System.getProperty("java.io.tmpdir"));

  @Test
  void stoppingAnswersOpenRequestsDeletesTheFolderAndEndsTheThread(@TempDir Path folder)
      throws IOException {
    TransportSettings settings = TransportFixture.settings(Local.AERON, folder.toString());
    try (TransportFixture fixture = new TransportFixture(settings)) {
      TensorRef tensor = fixture.tensor(16);
      fixture.receive(tensor);
      fixture.await(counters -> counters.open().receives() == 1);
      assertEquals(1, filesIn(folder));
      assertTrue(isAnyTransportThreadAlive());
      fixture.kit.stop(fixture.transport);
      assertEquals(
          "the transport of this node was stopped", fixture.expectFailed(fixture.receiver, tensor));
      assertEquals(0, filesIn(folder));
      assertFalse(isAnyTransportThreadAlive());
    }
  }

  @Test
  void aLogThatCanNotBeOpenedFailsEveryRequestAndEndsTheActor(@TempDir Path folder) {
    String missing = folder.resolve("missing").toString();
    try (TransportFixture fixture =
        new TransportFixture(TransportFixture.settings(Local.AERON, missing))) {
      fixture.sender.expectTerminated(fixture.transport);
      assertFalse(isAnyTransportThreadAlive());
    }
  }

  @Test
  void aBrokenBackendAnswersOpenRequestsAndItsSupervisorRestartsIt() throws InterruptedException {
    try (TransportFixture fixture = new TransportFixture(Local.HANDOVER)) {
      CountDownLatch starts = new CountDownLatch(2);
      ActorRef<TensorTransport.Command> supervised = spawnBreakingOnce(fixture, starts);
      TensorRef first = fixture.tensor(16);
      fixture.loans.lendSource(first, fixture.bytesOf(first));
      supervised.tell(new TensorTransport.Send(first, 0, fixture.sender.getRef()));
      String reason = fixture.expectFailed(fixture.sender, first);
      assertTrue(reason.contains("the disk is gone"), reason);

      assertTrue(starts.await(60, TimeUnit.SECONDS), "waited for the second start");
      TensorRef second = fixture.tensor(16);
      fixture.loans.lendSource(second, fixture.bytesOf(second));
      fixture.loans.lendDestination(second, fixture.emptyOf(second));
      supervised.tell(new TensorTransport.Send(second, 0, fixture.sender.getRef()));
      supervised.tell(new TensorTransport.Receive(second, fixture.receiver.getRef()));
      fixture.expectSent(second);
      fixture.expectArrived(second);
    }
  }

  /** Its first backend is broken, the next ones are not; each start counts down. */
  private static ActorRef<TensorTransport.Command> spawnBreakingOnce(
      TransportFixture fixture, CountDownLatch starts) {
    TransportSettings settings = TransportFixture.settings(Local.HANDOVER, "");
    Function<TransportStatistics, TransportBackend> backends =
        statistics -> {
          starts.countDown();
          return starts.getCount() == 1
              ? new BrokenBackend(settings, fixture.loans, statistics)
              : new HandoverBackend(
                  settings, TransportNode.alone(), fixture.loans, statistics, new Progress());
        };
    return fixture.kit.spawn(
        Behaviors.supervise(
                TensorTransport.create(
                    TransportNode.alone(), fixture.loans, backends, System::nanoTime))
            .onFailure(TransportException.class, SupervisorStrategy.restart()));
  }

  @Test
  void theLogIsATemporaryFileIfSharedMemoryHasNoRoom() throws IOException {
    TransportSettings settings = TransportFixture.settings(Local.AERON, "");
    LogFolder.FreeSpace small = folder -> SHARED_MEMORY.equals(folder) ? 1 << 20 : 1L << 40;
    try (OwnedFolder made = LogFolder.make(settings, 1, small)) {
      assertEquals(TEMPORARY, made.log().getParent().getParent());
    }
    try (TransportFixture fixture =
        new TransportFixture(
            (loans, statistics) ->
                AeronBackend.open(
                    settings, TransportNode.alone(), loans, statistics, new Progress(), small))) {
      fixture.expectRoundtrip(600_000);
    }
  }

  @Test
  void theSizesAreNamedIfThereIsNoRoomAnywhere() {
    UserException none =
        assertThrows(
            UserException.class,
            () -> LogFolder.make(TransportFixture.settings(Local.AERON, ""), 1, folder -> 1000));
    assertTrue(
        none.getMessage()
            .contains("in %s: 67,108,864 bytes needed, 1,000 available".formatted(TEMPORARY)),
        none.getMessage());
  }

  @Test
  void theFolderOfAKilledProcessIsDeletedAndAFolderInUseIsKept(@TempDir Path folder)
      throws IOException {
    Path left = Files.createDirectories(folder.resolve("jingwei-transport-1/log"));
    Files.writeString(left.resolve("cnc.dat"), "stale");
    Files.createFile(left.resolveSibling("lock"));
    Path beingMade = Files.createDirectory(folder.resolve("jingwei-transport-2"));
    Path other = Files.createDirectory(folder.resolve("other"));
    try (OwnedFolder first = OwnedFolder.make(folder);
        OwnedFolder second = OwnedFolder.make(folder)) {
      assertFalse(Files.exists(left.getParent()));
      assertTrue(Files.exists(beingMade) && Files.exists(other));
      assertTrue(Files.exists(first.log().getParent()) && Files.exists(second.log().getParent()));
    }
    assertEquals(2, filesIn(folder));
  }

  private static long filesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  /** Whether a thread is alive that this test has started. */
  private boolean isAnyTransportThreadAlive() {
    return transportThreads().stream().anyMatch(thread -> !before.contains(thread));
  }

  private static Set<Thread> transportThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("jingwei-transport"))
        .collect(Collectors.toSet());
  }

  private static final class BrokenBackend extends TransportBackend {
    BrokenBackend(TransportSettings settings, BufferLoans loans, TransportStatistics statistics) {
      super(settings, TransportNode.alone(), loans, statistics, new Progress());
    }

    @Override
    int moveParts(long nowNanos) {
      if (!sends.isEmpty()) {
        throw new TransportException("the disk is gone");
      }
      return 0;
    }

    @Override
    long nextPartEnd(Transfer outgoing) {
      return 0;
    }

    @Override
    long bytesInFlight() {
      return 0;
    }

    @Override
    String awaitedBySender(Transfer outgoing) {
      return "nothing";
    }

    @Override
    public void close() {}
  }

  /** Aeron passes the name of a log as ASCII, and would look for another one. */
  @Test
  void namesThatAeronCannotReadAreKnown() {
    assertTrue(LogFolder.isAscii("/tmp/a folder/[b]"));
    assertFalse(LogFolder.isAscii("/tmp/\u7cbe\u536b"));
    assertFalse(LogFolder.isAscii("/tmp/\u00e9"));
  }
}
