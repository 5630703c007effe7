package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import jingwei.cluster.chaos.EpochLine.Begin;
import jingwei.cluster.chaos.EpochLine.Checkpoint;
import jingwei.cluster.chaos.EpochLine.Commit;
import jingwei.cluster.chaos.EpochLine.End;

/** Makes one change to the right history. */
final class WrongHistory {
  private WrongHistory() {}

  static List<EpochLine> map(UnaryOperator<EpochLine> change) {
    return CheckedHistory.RIGHT.stream().map(change).toList();
  }

  static List<EpochLine> commit(long epoch, long step, UnaryOperator<Commit> change) {
    return commit(CheckedHistory.RIGHT, epoch, step, change);
  }

  static List<EpochLine> commit(
      List<EpochLine> lines, long epoch, long step, UnaryOperator<Commit> change) {
    List<EpochLine> changed = new ArrayList<>(lines);
    Commit commit = ofStep(lines, epoch, step);
    changed.set(lines.indexOf(commit), change.apply(commit));
    return changed;
  }

  static List<EpochLine> without(long epoch, long step) {
    List<EpochLine> fewer = new ArrayList<>(CheckedHistory.RIGHT);
    fewer.remove(ofStep(CheckedHistory.RIGHT, epoch, step));
    return fewer;
  }

  static List<EpochLine> after(long epoch, long step, UnaryOperator<Commit> next) {
    List<EpochLine> more = new ArrayList<>(CheckedHistory.RIGHT);
    Commit commit = ofStep(CheckedHistory.RIGHT, epoch, step);
    more.add(CheckedHistory.RIGHT.indexOf(commit) + 1, next.apply(commit));
    return more;
  }

  static List<EpochLine> begin(long epoch, long from) {
    return map(
        line ->
            line instanceof Begin b && b.epoch() == epoch
                ? new Begin(b.epoch(), b.leader(), from, b.members(), b.millis())
                : line);
  }

  static Commit ofStep(List<EpochLine> lines, long epoch, long step) {
    return lines.stream()
        .filter(Commit.class::isInstance)
        .map(Commit.class::cast)
        .filter(commit -> commit.epoch() == epoch && commit.step() == step)
        .findFirst()
        .orElseThrow();
  }

  static EpochLine renumbered(EpochLine line, long epoch) {
    return switch (line) {
      case Begin b -> new Begin(epoch, b.leader(), b.from(), b.members(), b.millis());
      case Commit c ->
          new Commit(
              epoch, c.step(), c.batch(), c.documents(), c.experts(), c.applied(), c.millis());
      case Checkpoint c -> new Checkpoint(epoch, c.step(), c.name(), c.millis());
      case EpochLine.Fault f -> new EpochLine.Fault(epoch, f.what(), f.millis());
      case End e -> new End(epoch, e.step(), e.millis());
    };
  }

  static Commit with(Commit c, String batch, List<String> documents, boolean applied) {
    return new Commit(c.epoch(), c.step(), batch, documents, c.experts(), applied, c.millis());
  }

  static Commit experts(Commit c, long more) {
    TreeMap<String, Long> experts = new TreeMap<>(c.experts());
    experts.merge(experts.firstKey(), more, Long::sum);
    return new Commit(
        c.epoch(), c.step(), c.batch(), c.documents(), experts, c.applied(), c.millis());
  }

  static Commit at(Commit c, long millis) {
    return new Commit(
        c.epoch(), c.step(), c.batch(), c.documents(), c.experts(), c.applied(), millis);
  }
}
