package jingwei.bench.study;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.session.RunData;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunConfiguration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.corpus.Corpus;
import jingwei.model.data.BatchSettings;
import jingwei.model.loss.LossMeter;

/**
 * What stale weights cost in quality: the preset {@code demo}, as {@code train} trains it on the
 * text of the JDK, with exact and with bounded staleness.
 */
final class StalenessStudy implements Study {
  static final String NAME = "staleness";

  /** Steps of each model, if nothing else is said: those of the preset. */
  static final long STEPS = 480;

  private static final List<String> RULES =
      List.of("delay=0", "delay=1", "delay=2", "delay=4", "bound=2");

  private static final int SEEDS = 3;

  private final long steps;
  private RunData data;

  StalenessStudy(long steps) {
    this.steps = steps;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Subject> subjects() {
    List<Subject> subjects = new ArrayList<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      for (String rule : RULES) {
        subjects.add(subject(rule, seed));
      }
    }
    return subjects;
  }

  @Override
  public Lesson lesson(Subject subject) {
    RunSettings settings =
        RunConfiguration.of(
                Configuration.resolve(
                    "demo",
                    null,
                    List.of(subject.name(), "seed=" + subject.seed(), "steps=" + steps)))
            .settings();
    if (data == null) {
      Corpus corpus = RunData.read(settings.data(), InputStream.nullInputStream(), row -> {});
      data =
          RunData.encode(
              corpus,
              RunData.tokenizer(settings, corpus),
              List.copyOf(corpus.domains().keySet()),
              settings.data().partBytes());
    }
    BatchSettings batches = settings.batch().of(data.domains());
    return new Lesson(
        settings.model().shape(data.tokenizer().vocabularySize(), data.domains().size()),
        batches,
        settings.optimizer().rules(),
        settings.optimizer().learningRate(),
        new Lesson.Text(
            data.train(),
            Lesson.heldOut(data.heldOut(), batches, settings.checkpoint().evaluationTokens()),
            new LossMeter(data.tokenizer().bytesOfTokens(), data.domains().size())),
        subject.seed());
  }

  @Override
  public Learner open(Subject subject, Lesson lesson) {
    return new ActorLearner(lesson);
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public long every() {
    return Math.max(1, steps / 8);
  }
}
