package jingwei.bench.learn;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import jingwei.bench.Environment;
import jingwei.bench.RowFile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Trains models that differ in one rule, and prints what they learned. */
@Command(
    name = "learn",
    description =
        "Held-out loss of models that differ in one rule, at equal tokens and in equal time. routing: a learned mixture, random routing with 1, 4 and 10 domains a step, and a dense model. staleness: delay 0, 1, 2, 4 and bound 2, three seeds. The curve of a model is written to a file when it is trained, and a run that was interrupted goes on with the next model.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench learn --of routing --run routing"})
public final class LearnBenchmark implements Callable<Integer> {
  private static final long WARMUP_STEPS = 10;

  /** What differs. */
  enum Of {
    ROUTING,
    STALENESS
  }

  @Option(names = "--of", required = true, description = "what differs: ${COMPLETION-CANDIDATES}")
  private Of of;

  @Option(names = "--run", description = "folder of the curves; the same folder goes on")
  private Path run;

  @Option(
      names = "--steps",
      description = "steps of each model (default: 1000 of routing, 480 of staleness)")
  private long steps;

  @Option(names = "--only", split = ",", description = "only these rules, for instance delay=0")
  private List<String> only = List.of();

  @Option(names = "--picture", description = "file of a picture of the curves (SVG)")
  private Path picture;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    if (steps < 0) {
      System.err.printf("--steps %d must not be below zero.%n", steps);
      return 2;
    }
    Study study =
        switch (of) {
          case ROUTING -> new RoutingStudy(steps == 0 ? 1000 : steps);
          case STALENESS -> new StalenessStudy(steps == 0 ? 480 : steps);
        };
    Path folder = run == null ? Files.createTempDirectory("jingwei-learn") : run;
    RowFile<Curve> file = new RowFile<>(folder.resolve("curves.jsonl"), Curve.class);
    train(study, file);
    report(file.rows());
    return 0;
  }

  private void train(Study study, RowFile<Curve> file) throws IOException {
    List<Subject> missing =
        study.subjects().stream()
            .filter(subject -> only.isEmpty() || only.contains(subject.name()))
            .filter(subject -> file.rows().stream().noneMatch(row -> row.subject().equals(subject)))
            .toList();
    for (int i = 0; i < missing.size(); i++) {
      Subject subject = missing.get(i);
      Lesson lesson = study.lesson(subject);
      if (i == 0) {
        try (Learner learner = study.open(subject, lesson)) {
          learner.train(WARMUP_STEPS); // the first model would pay for compiling
        }
      }
      try (Learner learner = study.open(subject, lesson)) {
        Curve curve =
            new Curve(subject, Learner.points(learner, lesson, study.steps(), study.every()));
        file.add(curve);
        System.err.printf(
            "%-10s seed %d: %.4f bits per byte after %d tokens and %.0f s%n",
            subject.name(),
            subject.seed(),
            curve.last().bitsPerByte(),
            curve.last().tokens(),
            curve.last().seconds());
      }
    }
  }

  private void report(List<Curve> curves) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    Environment.describe(root);
    LearnReport.add(curves, root);
    if (picture != null && !curves.isEmpty()) {
      Files.writeString(picture, LearnReport.overTokens(curves).svg());
    }
    System.out.println(
        json
            ? mapper.writeValueAsString(root)
            : mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
  }
}
