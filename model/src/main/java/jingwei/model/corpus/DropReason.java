package jingwei.model.corpus;

/** Why a readable text did not become a document. */
public enum DropReason {
  /** Nothing is left of it after cleaning. */
  EMPTY,
  /** The domain already has the same text. */
  DUPLICATE,
  /**
   * A message without a translation: no counterpart, the same text, no Chinese in the Chinese side,
   * or too short.
   */
  UNTRANSLATED,
  /**
   * Source code that still holds documentation after its removal, or documentation that still holds
   * markup.
   */
  UNCLEAN
}
