package jingwei.model;

/**
 * A mistake of the person who runs Jingwei: a bad option, file or value.
 *
 * <p>The message is one sentence that says what is wrong, where, and how to mend it. It is printed
 * as it is, without a stack trace, and the process ends with exit code 2.
 */
public final class UserException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UserException(String sentence) {
    super(sentence);
  }

  public UserException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
