package jingwei.model.corpus;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jingwei.model.UserException;

/**
 * Which documents are held out: decided for a key, so that everything with the same key stands on
 * the same side, in whichever domain. The decision is a hash of the key; neither order nor number
 * of the documents changes it.
 *
 * @param share the share of keys that is held out, in expectation
 */
public record HeldOut(double share) {
  private static final String SALT = "jingwei held-out 1";

  /** One key in twenty. */
  public static final HeldOut DEFAULT = new HeldOut(0.05);

  /**
   * @throws UserException if the share is not between 0 and 0.5
   */
  public HeldOut {
    if (!(share >= 0 && share <= 0.5)) {
      throw new UserException(
          "The held-out share %s must lie between 0 and 0.5; choose for instance 0.05."
              .formatted(share));
    }
  }

  /**
   * Chooses keys among those of each domain. A domain with two keys or more has at least one on
   * each side, unless the share is zero.
   */
  Set<String> choose(Collection<? extends Collection<String>> keysByDomain) {
    Set<String> chosen = new HashSet<>();
    if (share == 0) {
      return chosen;
    }
    keysByDomain.forEach(keys -> keys.stream().filter(this::isBelowShare).forEach(chosen::add));
    for (Collection<String> keys : keysByDomain) {
      Set<String> distinct = new TreeSet<>(keys);
      if (distinct.size() > 1 && distinct.stream().noneMatch(chosen::contains)) {
        chosen.add(distinct.stream().min(Comparator.comparing(HeldOut::hash)).orElseThrow());
      }
    }
    for (Collection<String> keys : keysByDomain) {
      if (!keys.isEmpty() && chosen.containsAll(keys)) {
        chosen.remove(keys.stream().max(Comparator.comparing(HeldOut::hash)).orElseThrow());
      }
    }
    return chosen;
  }

  private boolean isBelowShare(String key) {
    return hash(key).fraction() < share;
  }

  private static Fingerprint hash(String key) {
    return Fingerprint.of(List.of(SALT, key));
  }
}
