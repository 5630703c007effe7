package jingwei.model.corpus;

import java.util.BitSet;
import java.util.List;
import jingwei.model.UserException;

/**
 * Which documents are held out. The decision is made for a group of documents that share texts, so
 * that a text is on one side only, whatever its domain. The decision is a hash of the group's key
 * and does not depend on the order of the documents.
 *
 * <p>A group that holds more of a domain than the share stays in training. Otherwise one sentence
 * that thousands of pairs share would hold all of them out. A single document of a domain, and a
 * group with a given key, are never too large.
 *
 * @param share expected share of the groups that is held out
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
   * Whether a row of a live source is held out: one of its texts has a hash below the share. So a
   * text that is held out is never trained on, in any row or domain, although no other row is
   * known. A pair is held out about twice as often as a single text.
   *
   * @param row as it came; it is cleaned first
   */
  public boolean holdsOut(Document row) {
    return CleanDocument.of(row).texts().stream()
        .anyMatch(text -> HeldOutChoice.hash(text.toString()).fraction() < share);
  }

  /**
   * Chooses the groups to hold out. A domain with two groups or more gets at least one on each
   * side, if this leaves at least half of every domain in training. A share of zero holds out
   * nothing.
   *
   * @param groupsByDomain for each domain, the group of each of its documents
   */
  BitSet choose(TextGroups groups, List<int[]> groupsByDomain) {
    return share == 0 ? new BitSet() : new HeldOutChoice(share, groups, groupsByDomain).choose();
  }
}
