package jingwei.cluster.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import jingwei.cluster.chaos.EpochLine.Begin;
import jingwei.cluster.chaos.EpochLine.Commit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random right histories are clean; with one random change to a commit or a beginning none is. */
class MutatedHistoryTest {
  private static final int MUTATIONS = 40;
  private static final int EVERY = 5;

  static IntStream seeds() {
    return IntStream.range(0, 50);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void findsEveryChange(int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long steps = random.nextLong(6, 40);
    EpochHistory undisturbed = history(WrittenRun.undisturbed(steps, EVERY));
    List<EpochLine> right = killedAtRandom(random, steps);
    assertEquals(List.of(), check(right, undisturbed).violations());
    for (int i = 0; i < MUTATIONS; i++) {
      Mutation mutation = mutate(random, right);
      assertFalse(
          check(mutation.lines, undisturbed).isClean(),
          "seed %d: %s".formatted(seed, mutation.what));
    }
  }

  private record Mutation(String what, List<EpochLine> lines) {}

  /** A run whose leaders were killed up to six times, each after a random step. */
  private static List<EpochLine> killedAtRandom(SplittableRandom random, long steps) {
    WrittenRun run = new WrittenRun(EVERY).begin(0);
    long saved = 0;
    for (int kills = random.nextInt(7); kills > 0; kills--) {
      long last = random.nextLong(saved, steps);
      run.to(last).fault("node left", 300);
      saved = Math.max(saved, last / EVERY * EVERY);
      run.begin(saved);
    }
    return run.to(steps).end().lines();
  }

  private static Mutation mutate(SplittableRandom random, List<EpochLine> right) {
    List<EpochLine> lines = new ArrayList<>(right);
    List<Integer> commits = indices(right, Commit.class);
    int index = commits.get(random.nextInt(commits.size()));
    Commit commit = (Commit) right.get(index);
    String what =
        switch (random.nextInt(9)) {
          case 0 -> {
            // An epoch without its last commit is right if the step is repeated later.
            boolean isLastOfUndone =
                commits.stream()
                    .map(i -> (Commit) right.get(i))
                    .filter(c -> c.epoch() == commit.epoch())
                    .allMatch(c -> c.step() <= commit.step());
            if (isLastOfUndone) {
              lines.add(index, commit);
              yield "double " + commit;
            }
            lines.remove(index);
            yield "drop " + commit;
          }
          case 1 -> {
            lines.add(index, commit);
            yield "double " + commit;
          }
          case 2 -> set(lines, index, at(commit, commit.step(), commit.batch() + "0"));
          case 3 ->
              set(lines, index, at(commit, commit.step() + random.nextInt(1, 4), commit.batch()));
          case 4 ->
              set(
                  lines,
                  index,
                  with(commit, commit.documents(), commit.experts(), !commit.applied()));
          case 5 -> {
            TreeMap<String, Long> experts = new TreeMap<>(commit.experts());
            experts.merge(experts.lastKey(), random.nextBoolean() ? 1L : -1L, Long::sum);
            yield set(lines, index, with(commit, commit.documents(), experts, commit.applied()));
          }
          case 6 -> {
            List<String> documents = new ArrayList<>(commit.documents());
            documents.remove(random.nextInt(documents.size()));
            yield set(lines, index, with(commit, documents, commit.experts(), commit.applied()));
          }
          case 7 ->
              set(
                  lines,
                  index,
                  WrittenRun.commit(commit.epoch() + 100, commit.step(), commit.millis()));
          default -> {
            // An epoch without a commit may also begin after a last commit, see CheckpointRule.
            List<Integer> begins =
                indices(right, Begin.class).stream()
                    .filter(i -> right.get(i + 1) instanceof Commit)
                    .toList();
            int at = begins.get(random.nextInt(begins.size()));
            Begin begin = (Begin) right.get(at);
            Begin changed =
                new Begin(
                    begin.epoch(),
                    begin.leader(),
                    begin.from() + random.nextLong(1, 4),
                    begin.members(),
                    begin.millis());
            yield set(lines, at, changed);
          }
        };
    return new Mutation(what, lines);
  }

  private static String set(List<EpochLine> lines, int index, EpochLine changed) {
    lines.set(index, changed);
    return "set " + changed;
  }

  private static Commit at(Commit commit, long step, String batch) {
    return new Commit(
        commit.epoch(),
        step,
        batch,
        commit.documents(),
        commit.experts(),
        commit.applied(),
        commit.millis());
  }

  private static Commit with(
      Commit commit, List<String> documents, SortedMap<String, Long> experts, boolean applied) {
    return new Commit(
        commit.epoch(),
        commit.step(),
        commit.batch(),
        documents,
        experts,
        applied,
        commit.millis());
  }

  private static List<Integer> indices(List<EpochLine> lines, Class<?> type) {
    return IntStream.range(0, lines.size())
        .filter(i -> type.isInstance(lines.get(i)))
        .boxed()
        .toList();
  }

  private static Findings check(List<EpochLine> lines, EpochHistory undisturbed) {
    return HistoryChecker.check(
        new HistoryChecker.Run(history(lines), WrittenRun.WEIGHTS),
        new HistoryChecker.Run(undisturbed, WrittenRun.WEIGHTS),
        List.of());
  }

  private static EpochHistory history(List<EpochLine> lines) {
    return EpochHistory.of(List.of(lines));
  }
}
