package jingwei.bench.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.bench.cluster.Row.Figures;
import jingwei.bench.cluster.Row.Layout;
import jingwei.cluster.trial.DriverOfNodes;

/**
 * Trains the preset {@code small} in processes that start anew each time: all in one JVM, and a
 * device and a host in one JVM each. Every JVM has two lanes.
 */
final class ProcessSpeed {
  /** {@code jingwei train}, whose actors exchange tensors through Aeron within the process. */
  static final String ONE_JVM = "one-jvm";

  /** Two nodes of one machine, which exchange tensors through shared memory. */
  static final String IPC = "ipc";

  /** Two nodes that take themselves for two machines. */
  static final String UDP = "udp";

  static final List<String> ALL = List.of(ONE_JVM, IPC, UDP);

  private static final Pattern UP = Pattern.compile("node (\\S+) is up: .*");
  private static final Duration STARTS = Duration.ofMinutes(3);

  /** Longest time without a step. */
  private static final Duration TRAINS = Duration.ofMinutes(5);

  private static final String METRICS = "metrics.jsonl";
  private static final String SESSION = "speed";
  private static final String HOST_ROLES = "host,coordinator";

  private final Path folder;
  private final int steps;
  private final int first;

  /**
   * @param folder of the runs
   * @param steps of each run
   * @param first steps that do not count
   */
  ProcessSpeed(Path folder, int steps, int first) {
    this.folder = folder;
    this.steps = steps;
    this.first = first;
  }

  /** Measures one of {@link #ALL}. */
  Row measure(String name, int round) throws IOException {
    tokenizer();
    Path run = Files.createTempDirectory(folder, name);
    Path trained = name.equals(ONE_JVM) ? train(run, steps) : trainOnNodes(run, machines(name));
    Figures figures = StepSpeeds.of(Files.readAllLines(trained.resolve(METRICS)), first);
    delete(run);
    return name.equals(ONE_JVM)
        ? new Row(
            name,
            round,
            new Layout(1, 0, IPC),
            new Figures(figures.tokensPerSecond(), 0, 0, figures.tensorBytes()))
        : new Row(name, round, new Layout(1, 1, name), figures);
  }

  /** Names of the machines of the device and the host; nodes of one machine share memory. */
  static List<String> machines(String name) {
    return switch (name) {
      case IPC -> List.of("here", "here");
      case UDP -> List.of("device", "host");
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Trained once, so that all runs have the same tokens and start fast. */
  private Path tokenizer() throws IOException {
    Path kept = folder.resolve("tokenizer.json");
    if (!Files.exists(kept)) {
      Path run = Files.createTempDirectory(folder, "tokenizer");
      train(run, 1);
      try (Stream<Path> files = Files.walk(run)) {
        Path made = files.filter(file -> file.endsWith("tokenizer.json")).findFirst().orElseThrow();
        Files.copy(made, kept);
      }
      delete(run);
    }
    return kept;
  }

  private Path train(Path run, int ofSteps) {
    Path trained = run.resolve("run");
    command(run, arguments(List.of("train", "--run", trained.toString()), ofSteps), trained);
    return trained;
  }

  /**
   * @param machines names of the machines of the device and the host
   */
  private Path trainOnNodes(Path run, List<String> machines) {
    Path trained = run.resolve("sessions").resolve(SESSION);
    String unique = "bench-%d-%x-".formatted(ProcessHandle.current().pid(), System.nanoTime());
    List<String> own = machines.stream().map(machine -> unique + machine).toList();
    try (Drivers _ = Drivers.of(own);
        JingweiProcess host = node(run, HOST_ROLES, own.getLast(), List.of())) {
      String address = host.await(UP, STARTS);
      try (JingweiProcess device =
          node(run, "device", own.getFirst(), List.of("--seeds", address))) {
        device.await(UP, STARTS);
        command(
            run,
            arguments(
                List.of("session", "submit", "--cluster", address, "--name", SESSION, "--wait"),
                steps),
            trained);
      }
    }
    return trained;
  }

  private JingweiProcess node(Path run, String roles, String machine, List<String> more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "node",
                "--port",
                "0",
                "--roles",
                roles,
                "--folder",
                run.resolve("sessions").toString(),
                "--set",
                "cluster.machine=\"%s\"".formatted(machine),
                "--set",
                "cluster.data=[\"%s\"]".formatted(folder.toAbsolutePath())));
    arguments.addAll(more);
    return new JingweiProcess(run.resolve(machine + roles + ".log"), arguments);
  }

  private List<String> arguments(List<String> command, int ofSteps) {
    List<String> arguments = new ArrayList<>(command);
    arguments.addAll(List.of("--preset", SmallWork.PRESET, "--steps", Integer.toString(ofSteps)));
    List<String> values =
        new ArrayList<>(
            List.of(
                "precision=fp32",
                "lanes=2",
                "transport.local=aeron",
                "checkpoint.every=0",
                "evaluation.every=0",
                "evaluation.tokensPerDomain=1024"));
    Path tokenizer = folder.resolve("tokenizer.json").toAbsolutePath();
    if (Files.exists(tokenizer)) {
      values.add("tokenizer.file=\"%s\"".formatted(tokenizer));
    }
    values.forEach(value -> arguments.addAll(List.of("--set", value)));
    return arguments;
  }

  /** Runs a command that trains into a folder. */
  private static void command(Path run, List<String> arguments, Path trained) {
    try (JingweiProcess process = new JingweiProcess(run.resolve("command.log"), arguments)) {
      process.awaitDone(trained.resolve(METRICS), TRAINS);
    }
  }

  private static void delete(Path run) throws IOException {
    try (Stream<Path> files = Files.walk(run)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** The Aeron drivers that the nodes start; they would run for a minute more. */
  private record Drivers(List<DriverOfNodes> all) implements AutoCloseable {
    static Drivers of(List<String> machines) {
      return new Drivers(machines.stream().distinct().map(DriverOfNodes::new).toList());
    }

    @Override
    public void close() {
      all.forEach(DriverOfNodes::close);
    }
  }
}
