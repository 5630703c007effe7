package jingwei.model.corpus;

import java.util.BitSet;
import java.util.List;
import jingwei.model.UserException;

/**
 * Which documents are held out: decided for a group of documents that share texts, so that a text
 * stands on one side, in whichever domain. The decision is a hash of the group's key; the order of
 * the documents does not change it.
 *
 * <p>A group that holds more of a domain than the share stays in training, or a sentence that
 * thousands of pairs have in common would take them all away. A single document of a domain and a
 * group whose key was given are never too large.
 *
 * @param share the share of groups that is held out, in expectation
 */
public record HeldOut(double share) {
  /** One group in twenty. */
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
   * Chooses groups to hold out. A domain with two groups or more has at least one on each side
   * where that takes no more than half of a domain away from training, unless the share is zero.
   *
   * @param groupsByDomain for each domain the group of each of its documents
   */
  BitSet choose(TextGroups groups, List<int[]> groupsByDomain) {
    return share == 0 ? new BitSet() : new HeldOutChoice(share, groups, groupsByDomain).choose();
  }
}
