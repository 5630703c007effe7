package jingwei.actors.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import jingwei.model.ChildProcess;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

/** The driver process of a machine is found, started, and ends. */
class SharedDriverTest {
  private static final long PATIENCE_SECONDS = 60;

  /** A process that needs a driver, and prints its number. */
  public static final class NeedingProcess {
    private NeedingProcess() {}

    public static void main(String[] arguments) {
      DriverSettings settings = DriverSettings.in(Path.of(arguments[0]));
      SharedDriver.ensure(settings, TransportSettings.defaults(), 1);
      System.out.println(
          "driver=" + SharedDriver.process(settings).map(ProcessHandle::pid).orElse(-1L));
    }
  }

  /** Two other processes and two threads of this one, after a driver that was killed. */
  @Test
  void allThatStartAtTheSameInstantGetOneDriver() throws Exception {
    try (DriversFixture drivers = new DriversFixture()) {
      DriverSettings settings = drivers.settings("east");
      Path log = Files.createDirectories(settings.folder().resolve("log"));
      Files.write(log.resolve("cnc.dat"), new byte[4096]);
      Files.writeString(settings.folder().resolve("driver.lock"), "1\n");
      List<CompletableFuture<String>> found = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        found.add(
            CompletableFuture.supplyAsync(
                () -> runNeedingProcess(settings), Thread::startVirtualThread));
        found.add(
            CompletableFuture.supplyAsync(
                () -> {
                  drivers.ensure(settings);
                  return "driver=" + drivers.process(settings).pid();
                },
                Thread::startVirtualThread));
      }
      Set<String> different = new HashSet<>();
      for (CompletableFuture<String> one : found) {
        different.add(one.get(PATIENCE_SECONDS, TimeUnit.SECONDS).strip());
      }
      assertEquals(Set.of("driver=" + drivers.process(settings).pid()), different);
      assertTrue(drivers.process(settings).isAlive(), "it outlives who started it");
    }
  }

  private static String runNeedingProcess(DriverSettings settings) {
    try {
      return new ChildProcess(
              NeedingProcess.class, List.of(), settings.folder().toAbsolutePath().toString())
          .run(Path.of("."))
          .output()
          .lines()
          .filter(line -> line.startsWith("driver="))
          .findFirst()
          .orElse("no driver");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aDriverWithoutClientsEndsAndDeletesItsFiles() throws Exception {
    try (DriversFixture drivers = new DriversFixture()) {
      DriverSettings settings = drivers.settings("east").withTimes(200, 10_000);
      drivers.ensure(settings);
      ProcessHandle first = drivers.process(settings);
      DriversFixture.awaitEnd(first);
      assertFalse(Files.exists(settings.folder().resolve("log")));
      String output = Files.readString(settings.folder().resolve("driver.log"));
      assertTrue(output.contains("no client for 200 ms"), output);

      drivers.ensure(settings.withTimes(60_000, 10_000));
      ProcessHandle second = drivers.process(settings);
      assertNotEquals(first.pid(), second.pid());
      assertTrue(second.destroy());
      DriversFixture.awaitEnd(second);
      assertFalse(Files.exists(settings.folder().resolve("log")), "it was told to end");
    }
  }

  @Test
  void aDriverThatCannotStartSaysWhy() throws Exception {
    try (DriversFixture drivers = new DriversFixture()) {
      DriverSettings settings = drivers.settings("east");
      Path folder = Files.createDirectories(settings.folder());
      Files.createDirectory(folder.resolve("log"));
      Files.createDirectory(folder.resolve("driver.log"));
      TransportException failed =
          assertThrows(TransportException.class, () -> drivers.ensure(settings));
      assertTrue(failed.getMessage().contains("driver.log"), failed.getMessage());
    }
  }

  @Test
  void roomForTheLogsIsRequired() throws Exception {
    try (DriversFixture drivers = new DriversFixture()) {
      UserException none =
          assertThrows(
              UserException.class,
              () ->
                  SharedDriver.ensure(
                      drivers.settings("east"), TransportSettings.defaults(), 1L << 30));
      assertTrue(none.getMessage().contains("There is no room"), none.getMessage());
      assertTrue(SharedDriver.process(drivers.settings("east")).isEmpty());
    }
  }
}
