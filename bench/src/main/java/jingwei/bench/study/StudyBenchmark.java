package jingwei.bench.study;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import jingwei.bench.Outputs;
import jingwei.bench.RowFile;
import jingwei.model.UserException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains models that differ in one rule, and prints what they learned. */
@Command(
    name = "study",
    description =
        "Held-out loss of models that differ in one rule, at equal tokens and in equal time. routing: a learned mixture, random routing with 1, 4 and 10 domains a step, and a dense model. staleness: delay 0, 1, 2, 4 and bound 2, three seeds. The curve of a model is written to a file when it is trained, and a run that was interrupted goes on with the next model.",
    mixinStandardHelpOptions = true,
    footer = {"", "Example:", "  jingwei bench study routing --run routing"})
public final class StudyBenchmark implements Callable<Integer> {
  private static final long WARMUP_STEPS = 10;

  @Parameters(index = "0", description = "what differs: routing or staleness")
  private String name;

  @Option(names = "--run", description = "folder of the curves; the same folder goes on")
  private Path run;

  @Option(
      names = "--steps",
      description = "steps of each model (default: 1000 of routing, 480 of staleness)")
  private Long steps;

  @Option(names = "--only", split = ",", description = "only these rules, for instance delay=0")
  private List<String> only = List.of();

  @Option(names = "--picture", description = "file of a picture of the curves (SVG)")
  private Path picture;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    Study study = study();
    Set<String> rules = new HashSet<>();
    study.subjects().forEach(subject -> rules.add(subject.name()));
    for (String rule : only) {
      if (!rules.contains(rule)) {
        throw new UserException(
            "--only %s is no rule of this study; there are %s."
                .formatted(rule, String.join(", ", rules)));
      }
    }
    Outputs.requireFolderOf(picture);
    Path folder = Outputs.folder(run, "jingwei-study");
    try (RowFile<Curve> file = new RowFile<>(folder.resolve("curves.jsonl"), Curve.class)) {
      train(study, file);
      report(study, file);
    }
    return 0;
  }

  private Study study() {
    if (steps != null && steps < 1) {
      throw new UserException("--steps %d must be above zero.".formatted(steps));
    }
    return switch (name) {
      case RoutingStudy.NAME -> new RoutingStudy(steps == null ? RoutingStudy.STEPS : steps);
      case StalenessStudy.NAME -> new StalenessStudy(steps == null ? StalenessStudy.STEPS : steps);
      default ->
          throw new UserException(
              "There is no study '%s'; there are %s and %s."
                  .formatted(name, RoutingStudy.NAME, StalenessStudy.NAME));
    };
  }

  private void train(Study study, RowFile<Curve> file) throws IOException {
    Set<Class<?>> warm = new HashSet<>();
    for (Subject subject : study.subjects()) {
      boolean isWanted = only.isEmpty() || only.contains(subject.name());
      if (!isWanted || file.rows().stream().anyMatch(row -> row.subject().equals(subject))) {
        continue;
      }
      Lesson lesson = study.lesson(subject);
      try (Learner learner = study.open(subject, lesson)) {
        if (warm.add(learner.getClass())) {
          learner.train(WARMUP_STEPS); // the first model of a kind would pay for compiling
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

  /** The file may also hold curves of other studies, or of other numbers of steps. */
  private void report(Study study, RowFile<Curve> file) throws IOException {
    List<Curve> curves =
        file.rows().stream().filter(row -> study.subjects().contains(row.subject())).toList();
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    file.describe(root);
    StudyReport.add(curves, root);
    System.out.println(
        json
            ? mapper.writeValueAsString(root)
            : mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root));
    if (picture != null && !curves.isEmpty()) {
      Files.writeString(picture, StudyReport.overTokens(curves).svg());
    }
  }
}
