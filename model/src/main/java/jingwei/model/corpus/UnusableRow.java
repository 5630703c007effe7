package jingwei.model.corpus;

/** A row cannot be used. The message is the reason, in a few words. */
final class UnusableRow extends Exception {
  private static final long serialVersionUID = 1L;

  UnusableRow(String reason) {
    super(reason, null, false, false);
  }
}
