package jingwei.cluster.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jingwei.cluster.chaos.ChaosPlan;
import jingwei.cluster.chaos.Verdict;
import jingwei.cluster.session.RunFolder;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.cluster.trial.NodeProgram;
import jingwei.cluster.trial.Trial;
import jingwei.cluster.trial.TrialRequest;
import jingwei.model.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "chaos",
    description = {
      "Trains undisturbed, then on node processes with injected faults, and compares the two.",
      "",
      "The verdict is clean if no batch was lost or counted twice and all final weights have the same bits. Every node has all roles."
    },
    footer = {
      "",
      "Faults are KIND:TARGET@step=S, injected when step S is committed.",
      "  kill, restart    SIGKILL; restart starts the same process again",
      "  stop             SIGSTOP, and SIGCONT after 30 s or /seconds=N",
      "  partition        cuts a node off, with others that are cut off, for ever or /seconds=N; needs root on Linux",
      "  leave            SIGTERM: the node hands over and leaves",
      "  join             starts one more node; its target is 'node'",
      "Targets: device (computes replica 0), host (keeps the first expert), coordinator (leads the session), node:N (the Nth that was started), driver (Aeron).",
      "A cluster goes on while most of its nodes reach each other.",
      "",
      "Without --preset, the model is the demo with a width of 64, which takes some hundred steps a minute. Every preset trains 120 steps with a replica and two rows for each node, and a checkpoint every 20 steps; --config and --set override this. Without faults, the coordinator is killed after half of the steps.",
      "",
      "Exit codes: 0 clean, 3 dirty.",
      "",
      "Example:",
      "  jingwei chaos --nodes 3 --inject kill:device@step=40 --inject restart:coordinator@step=80"
    })
final class ChaosCommand implements Callable<Integer> {
  private static final String ORIGIN = "chaos";
  private static final int STEPS = 120;

  @Mixin private ConfigurationOptions options;

  @Mixin private RunOptions trained;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "node processes at the start; ${DEFAULT-VALUE} by default")
  private int nodes;

  @Option(
      names = "--plan",
      paramLabel = "FILE",
      description = "faults, one on each line; # begins a comment")
  private Path plan;

  @Option(names = "--inject", paramLabel = "KIND:TARGET@step=S", description = "a fault")
  private List<String> faults = List.of();

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "folder of both runs and the output of the nodes; below runs by default")
  private Path folder;

  @Option(names = "--json", description = "print one JSON object at the end")
  private boolean json;

  @Override
  public Integer call() {
    if (plan != null && !faults.isEmpty()) {
      throw new UserException("Give either --plan or --inject.");
    }
    Configuration configuration = configuration();
    Path to = folder == null ? newFolder() : folder;
    TrialRequest request =
        new TrialRequest(
            configuration,
            faults(RunSettings.of(configuration).optimizer().steps()),
            nodes,
            to.toAbsolutePath().normalize(),
            NodeProgram.ofThisJvm(Main.class.getName()));
    create(to);
    Progress progress = Progress.of(System.err);
    progress.note("folder " + to);
    Verdict verdict = new Trial(request, progress).run();
    progress.end();
    if (json) {
      System.out.println(verdict.json());
    } else {
      verdict.lines().forEach(System.out::println);
    }
    return verdict.findings().isClean() ? Commands.DONE : Commands.FAULT;
  }

  private ChaosPlan faults(long of) {
    if (plan != null) {
      return ChaosPlan.read(plan);
    }
    return ChaosPlan.of(
        faults.isEmpty() ? List.of("kill:coordinator@step=" + Math.max(1, of / 2)) : faults);
  }

  private Configuration configuration() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (!options.hasPreset()) {
      values.put("model.vocabulary", 1024);
      values.put("model.context", 64);
      values.put("model.width", 64);
      values.put("model.heads", 2);
      values.put("model.innerWidth", 128);
      values.put("tokenizer.trainingBytes", 500_000);
    }
    values.put("name", ORIGIN);
    values.put("steps", STEPS);
    values.put("replicas", Math.max(1, nodes));
    values.put("batch.rows", 2 * Math.max(1, nodes));
    values.put("batch.rowsPerMicroBatch", 1);
    values.put("checkpoint.every", 20);
    values.put("evaluation.every", 0);
    values.put("evaluation.tokensPerDomain", 1024);
    return trained.over(options.resolve(values, ORIGIN));
  }

  private static Path newFolder() {
    return Path.of("runs").resolve(RunFolder.newName(ORIGIN));
  }

  private static void create(Path folder) {
    try {
      Files.createDirectories(folder);
      try (Stream<Path> entries = Files.list(folder)) {
        if (entries.findAny().isPresent()) {
          throw new UserException(
              "The folder %s is not empty; give another --folder.".formatted(folder));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
