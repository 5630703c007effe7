package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jingwei.actors.step.FaultPlan;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLockTest {
  @TempDir private Path folder;

  /** Tries the lock from another process: exit code 0 if locked, 1 if not. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] arguments) throws Exception {
      try (FileChannel channel =
          FileChannel.open(Path.of(arguments[0], "run.lock"), StandardOpenOption.WRITE)) {
        System.exit(channel.tryLock() == null ? 1 : 0);
      }
    }
  }

  @Test
  void staysLockedForOthersWhenTheSameProcessTriesAgain() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
    RunLock held = RunLock.of(new RunFolder(folder));
    try {
      for (Path path : new Path[] {folder, link}) {
        String message =
            assertThrows(UserException.class, () -> RunLock.of(new RunFolder(path))).getMessage();
        assertTrue(message.contains("Another run is at work"), message);
      }
      assertEquals(1, otherProcess(), "a failed attempt has released the lock");
    } finally {
      held.close();
    }
    assertEquals(0, otherProcess());
    RunLock.of(new RunFolder(folder)).close();
  }

  /** The node that led before may be stopped: it lives, and so does its lock. */
  @Test
  void passesFromOneLeaderOfAClusterToTheNext() throws Exception {
    RunFolder run = new RunFolder(folder);
    try (FileChannel before = ofAnotherLeader()) {
      assertTrue(before.isOpen());
      RunLock next = RunLock.ofCluster(run);
      try {
        assertThrows(UserException.class, () -> RunLock.ofCluster(run));
        assertEquals(1, otherProcess(), "a process outside the cluster gets the lock");
      } finally {
        next.close();
      }
    }
    assertEquals(0, otherProcess());
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(List.of(folder.resolve("run.lock")), files.toList());
    }
  }

  /** The lock of a leader: this process holds the same kind of lock, unknown to {@link RunLock}. */
  private FileChannel ofAnotherLeader() throws Exception {
    RunLock.ofCluster(new RunFolder(folder)).close();
    FileChannel channel = FileChannel.open(folder.resolve("run.lock"), StandardOpenOption.WRITE);
    channel.lock();
    return channel;
  }

  /** Takes the lock as {@code train} does, prints a line, and holds it until it is killed. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      RunLock.of(new RunFolder(Path.of(arguments[0])));
      System.out.println("locked");
      new CountDownLatch(1).await();
    }
  }

  @Test
  void isNotTakenOverFromAnotherProcessOutsideTheCluster() throws Exception {
    RunLock.ofCluster(new RunFolder(folder)).close();
    Process holder = process(Holder.class).start();
    try {
      assertEquals("locked", holder.inputReader().readLine());
      assertThrows(UserException.class, () -> RunLock.ofCluster(new RunFolder(folder)));
    } finally {
      holder.destroyForcibly().waitFor();
    }
    RunLock.ofCluster(new RunFolder(folder)).close();
  }

  @Test
  void reportsAFolderThatCannotBeLocked() throws Exception {
    Files.createDirectory(folder.resolve("run.lock"));
    String message =
        assertThrows(UserException.class, () -> RunLock.of(new RunFolder(folder))).getMessage();
    assertTrue(message.contains(folder.toString()), message);
    assertTrue(message.contains("cannot be locked"), message);
  }

  /** Only the holder of the lock removes leftovers of a kill and sets steps aside. */
  @Test
  void changesNothingInAFolderThatAnotherRunHasLocked() throws Exception {
    SmallRun small = new SmallRun(folder);
    small.run("run", FaultPlan.none());
    RunFolder run = new RunFolder(small.folder("run"));
    Files.createDirectory(run.path().resolve("checkpoints/step-00000009.partial"));
    Files.writeString(run.metrics(), "{\"step\": 9", StandardOpenOption.APPEND);
    Map<String, String> before = small.tree("run");
    RunLock held = RunLock.of(run);
    try {
      for (String resume : new String[] {"step-00000003", "auto", null}) {
        String message =
            assertThrows(
                    UserException.class,
                    () -> small.resume("run", resume, small.configuration()).close())
                .getMessage();
        assertTrue(message.contains("Another run is at work"), message);
      }
    } finally {
      held.close();
    }
    assertEquals(before, small.tree("run"));
  }

  private int otherProcess() throws Exception {
    Process process = process(OtherProcess.class).inheritIO().start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return process.exitValue();
  }

  private ProcessBuilder process(Class<?> main) {
    return new ProcessBuilder(
        Path.of(System.getProperty("java.home"), "bin/java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        main.getName(),
        folder.toString());
  }
}
