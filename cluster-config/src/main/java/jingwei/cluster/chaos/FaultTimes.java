package jingwei.cluster.chaos;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/** Measures recovery from the history of a session. All clocks are those of one machine. */
public final class FaultTimes {
  private FaultTimes() {}

  /** The times of each fault, in the order given. */
  public static List<FaultTiming> of(List<InjectedFault> faults, EpochHistory history) {
    return faults.stream().map(fault -> of(fault, faults, history)).toList();
  }

  private static FaultTiming of(
      InjectedFault fault, List<InjectedFault> all, EpochHistory history) {
    Optional<EpochLine.Fault> notice =
        history.faults().stream().filter(line -> isNotice(line, fault, all)).findFirst();
    OptionalLong none = OptionalLong.empty();
    if (notice.isEmpty()) {
      return new FaultTiming(fault, none, none, none, 0);
    }
    long noticed = notice.get().millis();
    OptionalLong noticeMillis = OptionalLong.of(noticed - fault.millis());
    Optional<Epoch> next =
        history.epochs().stream()
            .filter(epoch -> epoch.begin().millis() >= fault.millis())
            .filter(epoch -> epoch.firstCommitMillis().orElse(Long.MIN_VALUE) >= noticed)
            .min(Comparator.comparingLong(epoch -> epoch.firstCommitMillis().getAsLong()));
    if (next.isEmpty()) {
      return new FaultTiming(fault, noticeMillis, none, none, 0);
    }
    Epoch resumed = next.get();
    long first = resumed.firstCommitMillis().getAsLong();
    long before = lastStepBefore(resumed, history);
    OptionalLong replay =
        resumed.commits().stream()
            .filter(commit -> commit.step() > before)
            .mapToLong(commit -> commit.millis() - first)
            .findFirst();
    return new FaultTiming(
        fault,
        noticeMillis,
        OptionalLong.of(first - noticed),
        replay,
        resumed.commits().stream().filter(commit -> commit.step() <= before).count());
  }

  /**
   * A fault is noticed by a line that names its node, or by one that comes before the next fault
   * and names no other node that was hit.
   */
  private static boolean isNotice(
      EpochLine.Fault line, InjectedFault fault, List<InjectedFault> all) {
    if (line.millis() < fault.millis()) {
      return false;
    }
    boolean isHitLater =
        all.stream()
            .anyMatch(
                other ->
                    other.address().equals(fault.address())
                        && other.millis() > fault.millis()
                        && other.millis() <= line.millis());
    if (names(line, fault.address())) {
      return !isHitLater;
    }
    return all.stream()
        .filter(other -> !other.equals(fault))
        .noneMatch(
            other ->
                names(line, other.address())
                    || (other.millis() > fault.millis() && other.millis() <= line.millis()));
  }

  private static boolean names(EpochLine.Fault line, String address) {
    return !address.isEmpty()
        && Pattern.compile("(?<![\\w.])" + Pattern.quote(address) + "(?!\\d)")
            .matcher(line.what())
            .find();
  }

  private static long lastStepBefore(Epoch epoch, EpochHistory history) {
    return history.epochs().stream()
        .filter(earlier -> earlier.number() < epoch.number())
        .flatMap(earlier -> earlier.commits().stream())
        .mapToLong(EpochLine.Commit::step)
        .max()
        .orElse(0);
  }
}
