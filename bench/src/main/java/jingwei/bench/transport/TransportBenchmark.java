package jingwei.bench.transport;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import jingwei.actors.link.LinkSpeed;
import jingwei.bench.Environment;
import jingwei.model.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "transport",
    description =
        "Tensors from a device actor to a host actor: Aeron in shared memory and over UDP, with the driver in this process and in processes of its own, and Pekko's Artery over TCP, taking turns in one run.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Examples:",
      "  jingwei bench transport --rounds 5",
      "  jingwei bench transport --bandwidth '1.25 GB'"
    })
public final class TransportBenchmark implements Callable<Integer> {
  private static final int[] MEGABYTES = {1, 4, 16};
  private static final int RATIO_MEGABYTES = 4;
  private static final int IN_FLIGHT = 4;
  private static final long ROUND_BYTES = 256 << 20;
  private static final long PATIENCE_SECONDS = 60;

  /** Four tensors in flight of the largest size arrive within the patience. */
  private static final long LEAST_BANDWIDTH = 10_000_000;

  private static final long IDLE_SECONDS = 4;

  @Option(names = "--rounds", description = "measured rounds of 256 MB (${DEFAULT-VALUE})")
  private int rounds = 5;

  @Option(
      names = "--bandwidth",
      description = "measure the link between device and host, slowed to this many bytes a second")
  private String bandwidth;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  /**
   * @param cores used by the transport threads while several tensors were in flight
   */
  private record Figure(double gigabytesPerSecond, double latencyMillis, double cores) {}

  @Override
  public Integer call() throws Exception {
    if (rounds < 1) {
      throw new UserException("--rounds %d must be above zero.".formatted(rounds));
    }
    LinkSpeed speed = bandwidth == null ? LinkSpeed.UNLIMITED : speed(bandwidth);
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describeHere(root);
    ArrayNode rows = root.putArray("rows");
    Map<String, Figure> atRatioSize = new LinkedHashMap<>();
    List<TensorRoute> routes = new ArrayList<>();
    try (Arena arena = Arena.ofShared()) {
      for (Supplier<TensorRoute> open : bandwidth == null ? Routes.all() : Routes.slowed(speed)) {
        TensorRoute route = open.get();
        routes.add(route);
        sendOne(route, arena);
      }
      double idle = idleCores();
      root.put("idleCores", idle);
      System.err.printf("Aeron in shared memory, both ends, nothing to send: %.4f cores%n", idle);
      for (int megabytes : MEGABYTES) {
        Map<String, Figure> figures = measure(routes, megabytes << 20, arena);
        figures.forEach(
            (name, figure) -> {
              System.err.printf(
                  "%-14s %3d MB  %7.3f GB/s with %d in flight, %8.3f ms alone%s%n",
                  name,
                  megabytes,
                  figure.gigabytesPerSecond,
                  IN_FLIGHT,
                  figure.latencyMillis,
                  bandwidth == null ? "" : ", %.3f cores".formatted(figure.cores));
              ObjectNode row =
                  rows.addObject()
                      .put("channel", name)
                      .put("bytes", megabytes << 20)
                      .put("gigabytesPerSecond", figure.gigabytesPerSecond)
                      .put("latencyMillis", figure.latencyMillis);
              if (bandwidth != null) {
                row.put("cores", figure.cores);
              }
            });
        if (megabytes == RATIO_MEGABYTES) {
          atRatioSize.putAll(figures);
        }
      }
    } finally {
      routes.forEach(TensorRoute::close);
    }
    if (bandwidth == null) {
      compare(root, atRatioSize);
    }
    if (json) {
      System.out.println(mapper.writeValueAsString(root));
    }
    return 0;
  }

  private static LinkSpeed speed(String bandwidth) {
    long bytes;
    try {
      bytes = ConfigFactory.parseMap(Map.of("bandwidth", bandwidth)).getBytes("bandwidth");
    } catch (ConfigException e) {
      throw new UserException("--bandwidth %s is no number of bytes.".formatted(bandwidth), e);
    }
    if (bytes < LEAST_BANDWIDTH) {
      throw new UserException(
          "--bandwidth %s is too slow to be measured: a round has 256 MB; choose 10 MB a second or more."
              .formatted(bandwidth));
    }
    return new LinkSpeed(bytes, 0);
  }

  private static void compare(ObjectNode root, Map<String, Figure> atRatioSize) {
    Figure aeron = atRatioSize.get("aeron-ipc");
    Figure artery = atRatioSize.get("artery-tcp");
    double speed = aeron.gigabytesPerSecond / artery.gigabytesPerSecond;
    double latency = artery.latencyMillis / aeron.latencyMillis;
    System.err.printf(
        "4 MB, Aeron in shared memory against Artery over TCP: %.1f times the bytes a second, a tensor alone %.1f times sooner%n",
        speed, latency);
    root.putObject("ratios").put("throughput", speed).put("latency", latency);
  }

  private static void sendOne(TensorRoute route, Arena arena) throws InterruptedException {
    MemorySegment[] from = {arena.allocate(1 << 20, 64)};
    MemorySegment[] to = {arena.allocate(1 << 20, 64)};
    run(route, from, to, 1, 1);
  }

  /** The cores that the transport threads of both ends use while nothing is sent. */
  private static double idleCores() throws InterruptedException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    TimeUnit.SECONDS.sleep(1);
    long begin = System.nanoTime();
    long before = transportNanos(threads);
    TimeUnit.SECONDS.sleep(IDLE_SECONDS);
    return (double) (transportNanos(threads) - before) / (System.nanoTime() - begin);
  }

  private static long transportNanos(ThreadMXBean threads) {
    return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
        .filter(thread -> thread != null && thread.getThreadName().startsWith("jingwei-transport"))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
        .sum();
  }

  /** Medians over rounds in which the routes take turns. */
  private Map<String, Figure> measure(List<TensorRoute> routes, int bytes, Arena arena)
      throws InterruptedException {
    MemorySegment[] from = new MemorySegment[IN_FLIGHT];
    MemorySegment[] to = new MemorySegment[IN_FLIGHT];
    for (int i = 0; i < IN_FLIGHT; i++) {
      from[i] = arena.allocate(bytes, 64);
      to[i] = arena.allocate(bytes, 64);
      for (long at = 0; at < bytes; at += Integer.BYTES) {
        from[i].set(ValueLayout.JAVA_INT, at, (int) (at * 31 + i));
      }
    }
    int count = Math.max(IN_FLIGHT, (int) (ROUND_BYTES / bytes));
    int single = count / IN_FLIGHT;
    Map<String, double[]> seconds = new LinkedHashMap<>();
    Map<String, double[]> alone = new LinkedHashMap<>();
    Map<String, double[]> cores = new LinkedHashMap<>();
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    for (int round = -2; round < rounds; round++) {
      for (TensorRoute route : routes) {
        long before = transportNanos(threads);
        double all = run(route, from, to, count, IN_FLIGHT);
        double busy = (transportNanos(threads) - before) / 1e9;
        double one = run(route, from, to, single, 1) / single;
        if (round >= 0) {
          seconds.computeIfAbsent(route.name(), name -> new double[rounds])[round] = all;
          alone.computeIfAbsent(route.name(), name -> new double[rounds])[round] = one;
          cores.computeIfAbsent(route.name(), name -> new double[rounds])[round] = busy / all;
        }
      }
    }
    Map<String, Figure> figures = new LinkedHashMap<>();
    seconds.forEach(
        (name, times) ->
            figures.put(
                name,
                new Figure(
                    (double) bytes * count / median(times) / 1e9,
                    1e3 * median(alone.get(name)),
                    median(cores.get(name)))));
    return figures;
  }

  /**
   * Sends {@code count} tensors, {@code inFlight} at a time, and checks what arrives; returns
   * seconds.
   */
  private static double run(
      TensorRoute route, MemorySegment[] from, MemorySegment[] to, int count, int inFlight)
      throws InterruptedException {
    Semaphore free = new Semaphore(inFlight);
    long begin = System.nanoTime();
    for (int i = 0; i < count; i++) {
      acquire(free, 1, route);
      route.send(from[i % inFlight], to[i % inFlight], free::release);
    }
    acquire(free, inFlight, route);
    double seconds = (System.nanoTime() - begin) / 1e9;
    for (int i = 0; i < inFlight; i++) {
      if (from[i].mismatch(to[i]) >= 0) {
        throw new IllegalStateException(route.name() + " brought other bytes");
      }
      to[i].fill((byte) 0);
    }
    return seconds;
  }

  private static void acquire(Semaphore free, int permits, TensorRoute route)
      throws InterruptedException {
    if (!free.tryAcquire(permits, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "the benchmark waited %d s for %s".formatted(PATIENCE_SECONDS, route.name()));
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
