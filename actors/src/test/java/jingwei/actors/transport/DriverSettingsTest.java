package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.exceptions.ConductorServiceTimeoutException;
import io.aeron.exceptions.DriverTimeoutException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a driver process is told, when it ends, and what its clients say about it. */
class DriverSettingsTest {
  private static final Path FOLDER = Path.of("/dev/shm/driver");

  @Test
  void theProcessIsToldAllSettings() {
    DriverSettings settings = new DriverSettings(FOLDER, 8192, 5, 1007);
    assertEquals(settings, DriverSettings.parse(settings.toArguments()));
    assertEquals(1408, DriverSettings.in(FOLDER).mtuBytes());
  }

  @Test
  void theFolderIsInThatOfTheTransport() {
    TransportSettings settings =
        TransportFixture.settings(TransportSettings.Local.AERON, "/some/folder");
    String name = "jingwei-driver-" + System.getProperty("user.name");
    assertEquals(Path.of("/some/folder", name), DriverSettings.of(settings).folder());
    assertEquals(
        name, DriverSettings.of(TransportSettings.defaults()).folder().getFileName().toString());
  }

  @Test
  void impossibleSettingsAreRefused() {
    for (int mtu : new int[] {0, 1400, 65_536}) {
      assertThrows(
          IllegalArgumentException.class, () -> new DriverSettings(FOLDER, mtu, 1000, 1000));
    }
    assertThrows(IllegalArgumentException.class, () -> new DriverSettings(FOLDER, 1408, 0, 1000));
  }

  @Test
  void aDriverEndsWhenItWasNotUsedForLong() {
    DriverUse use = new DriverUse(100, 1000);
    assertFalse(use.isOver(0, 0, 1099));
    assertFalse(use.isOver(1, 0, 1500), "a client is there");
    assertFalse(use.isOver(0, 0, 1599));
    assertFalse(use.isOver(0, 1550, 1600), "a node needs it, and its client comes soon");
    assertTrue(use.isOver(0, 1550, 1650));
  }

  @Test
  void aFaultSaysWhatEnded() {
    String driver = DriverFault.sentence(new DriverTimeoutException("x"), FOLDER);
    assertTrue(driver.startsWith("the Aeron driver of this machine has ended"), driver);
    assertEquals(driver, DriverFault.sentence(null, FOLDER));
    String client = DriverFault.sentence(new ConductorServiceTimeoutException("x"), FOLDER);
    assertTrue(client.startsWith("this process was stopped for so long"), client);
    String other = DriverFault.sentence(new IllegalStateException("no port"), FOLDER);
    assertTrue(other.endsWith("no port"), other);
  }

  @Test
  void aLockNamesItsHolder(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("lock");
    assertEquals(0, ProcessLock.holder(file));
    try (ProcessLock lock = ProcessLock.take(file)) {
      lock.sign();
      assertEquals(ProcessHandle.current().pid() + "\n", Files.readString(file));
    }
    assertEquals(0, ProcessLock.holder(file), "nobody holds it any more");
  }
}
