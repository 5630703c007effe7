package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import jingwei.actors.transport.DriverSettings;
import jingwei.actors.transport.SharedDriver;
import jingwei.actors.transport.TransportSettings;

/** The Aeron driver process of the nodes of one machine; the nodes start it. */
public final class DriverOfNodes implements AutoCloseable {
  private static final long END_SECONDS = 5;

  private final DriverSettings settings;

  /**
   * The driver of a machine, which need not run yet.
   *
   * @param machine name of the machine, as its nodes have it
   */
  public DriverOfNodes(String machine) {
    settings = DriverSettings.of(TransportSettings.defaults()).onMachine(machine);
  }

  /** The process, if it runs and nodes can connect. */
  Optional<ProcessHandle> process() {
    return SharedDriver.process(settings);
  }

  /** Starts the driver again after its end, as the first node did. */
  void start() {
    SharedDriver.ensure(settings, TransportSettings.defaults(), 0);
  }

  /** Ends the process and removes its folder; no node uses it any more. */
  @Override
  public void close() {
    process().ifPresent(DriverOfNodes::end);
    if (Files.exists(settings.folder())) {
      try (Stream<Path> all = Files.walk(settings.folder())) {
        for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void end(ProcessHandle process) {
    process.destroy();
    try {
      process.onExit().get(END_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException late) {
      process.destroyForcibly();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
