package jingwei.cluster.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * P2: every applied step updates each expert that it activates once; a refused step updates none.
 */
final class VersionRule {
  private VersionRule() {}

  static List<Violation> check(List<EpochLine.Commit> effective) {
    List<Violation> violations = new ArrayList<>();
    Map<String, Long> versions = new HashMap<>();
    for (EpochLine.Commit commit : effective) {
      for (Map.Entry<String, Long> expert : commit.experts().entrySet()) {
        long before = versions.getOrDefault(expert.getKey(), 0L);
        long expected = commit.applied() ? before + 1 : before;
        if (expert.getValue() != expected) {
          violations.add(
              new Violation(
                  Promise.P2,
                  "%s has %d updates after step %d, but %d are right"
                      .formatted(expert.getKey(), expert.getValue(), commit.step(), expected)));
        }
        versions.put(expert.getKey(), expert.getValue());
      }
    }
    return violations;
  }
}
