package jingwei.model.corpus;

import java.io.IOException;
import java.nio.file.FileSystemException;
import jingwei.model.UserException;
import jingwei.model.disk.IoReason;

/** A data file cannot be used as a whole. The message is the reason, a few words. */
final class DataFileException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final String CHECK = "check that it is whole and may be read";

  private final String remedy;

  DataFileException(String reason) {
    this(reason, CHECK, null);
  }

  DataFileException(String reason, Throwable cause) {
    this(reason, CHECK, cause);
  }

  /**
   * @param remedy what the user can do about it, the end of a sentence
   */
  DataFileException(String reason, String remedy) {
    this(reason, remedy, null);
  }

  DataFileException(String reason, String remedy, Throwable cause) {
    super(reason, cause);
    this.remedy = remedy;
  }

  /**
   * The sentence for the user.
   *
   * @param what cannot be read, the beginning of the sentence
   */
  static UserException sentence(String what, IOException e) {
    String remedy = e instanceof DataFileException known ? known.remedy : CHECK;
    return new UserException("%s cannot be read (%s); %s.".formatted(what, reason(e), remedy), e);
  }

  private static String reason(IOException e) {
    return switch (e) {
      case DataFileException known -> known.getMessage();
      case FileSystemException other -> OneLine.of(IoReason.of(other));
      default -> OneLine.of(e);
    };
  }
}
