package jingwei.model.corpus;

/** Why a text did not become a document although it could be read. */
public enum DropReason {
  /** Nothing is left of it after cleaning. */
  EMPTY,
  /** The same text stands in the domain already. */
  DUPLICATE,
  /**
   * A message without a translation: no counterpart, the same text, no Chinese in the Chinese side,
   * or too short.
   */
  UNTRANSLATED,
  /**
   * Source that still holds documentation after it was taken out, or documentation that still holds
   * markup.
   */
  UNCLEAN
}
