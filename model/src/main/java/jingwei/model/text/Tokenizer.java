package jingwei.model.text;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.IoReason;

/**
 * Turns text into tokens and back, byte for byte. Its file is a Hugging Face {@code
 * tokenizer.json}.
 *
 * <p>Text never becomes a control token: a text that contains {@code <|eot|>} is encoded as those
 * seven characters. Behaves as immutable and is safe to share between threads.
 */
public final class Tokenizer implements AutoCloseable {
  private final Vocabulary vocabulary;
  private final WordEncoder encoder;
  private final int padding;
  private final int endOfText;

  Tokenizer(Vocabulary vocabulary) {
    this.vocabulary = vocabulary;
    encoder = new WordEncoder(new MergeRanks(vocabulary.merges()), vocabulary.byteIds());
    padding = vocabulary.control().id(ControlTokens.PADDING).orElseThrow();
    endOfText = vocabulary.control().id(ControlTokens.END_OF_TEXT).orElseThrow();
  }

  /**
   * Reads a tokenizer file.
   *
   * @throws UserException if it cannot be read, is not a byte-level BPE tokenizer, splits words in
   *     another way, or lacks a control token
   */
  public static Tokenizer load(Path file) {
    try {
      return TokenizerFile.read(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new UserException(
          "The tokenizer file %s cannot be read (%s); give the path of a tokenizer.json."
              .formatted(file, IoReason.of(e)),
          e);
    }
  }

  /**
   * Reads the content of a tokenizer file.
   *
   * @param name of the file, for messages
   * @throws UserException as {@link #load}
   */
  public static Tokenizer fromJson(String name, String json) {
    return TokenizerFile.read(name, json);
  }

  /** The content of the tokenizer's file; equal tokenizers give equal characters. */
  public String toJson() {
    return TokenizerFile.write(vocabulary);
  }

  /**
   * Writes the tokenizer's file and replaces an existing one.
   *
   * @throws UserException if it cannot be written
   */
  public void save(Path file) {
    try {
      DurableFile.replace(file, toJson());
    } catch (IOException e) {
      throw new UserException(
          "The tokenizer file %s cannot be written (%s); choose a folder that exists and may be written to."
              .formatted(file, IoReason.of(e)),
          e);
    }
  }

  /**
   * The tokens of a text. Time and memory grow only with the length of the text. An unpaired
   * surrogate, which UTF-8 cannot represent, counts as a question mark.
   */
  public int[] encode(String text) {
    int[] tokens = new int[text.length() / 3 + 16];
    int size = 0;
    Matcher words = WordPattern.words(text);
    while (words.find()) {
      int[] word = encoder.encode(text, words.start(), words.end());
      if (size + word.length > tokens.length) {
        tokens = Arrays.copyOf(tokens, size + word.length + (size >> 1));
      }
      for (int token : word) {
        tokens[size++] = token;
      }
    }
    return Arrays.copyOf(tokens, size);
  }

  /**
   * The text of tokens, without the control tokens. Bytes that are not valid UTF-8, such as a cut
   * character at the end, become U+FFFD.
   *
   * @throws IndexOutOfBoundsException if an id is not in the vocabulary
   */
  public String decode(int[] ids) {
    var bytes = new ByteArrayOutputStream(ids.length * 4);
    for (int id : ids) {
      bytes.writeBytes(vocabulary.bytes(id));
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /**
   * A copy of the bytes of one token; empty for a control token. A character may be spread over
   * several tokens.
   */
  public byte[] bytes(int id) {
    return vocabulary.bytes(id).clone();
  }

  /** How many bytes of text a token stands for; 0 for a control token. */
  public int byteLength(int id) {
    return vocabulary.bytes(id).length;
  }

  /** {@link #byteLength} of every token id, by id. */
  public int[] bytesOfTokens() {
    return IntStream.range(0, vocabularySize()).map(this::byteLength).toArray();
  }

  /** Number of tokens; every id is below it. */
  public int vocabularySize() {
    return vocabulary.size();
  }

  public int padding() {
    return padding;
  }

  public int endOfText() {
    return endOfText;
  }

  /**
   * The control token of a domain.
   *
   * @throws UserException if the tokenizer was not trained with that domain
   */
  public int domainToken(String domain) {
    return vocabulary
        .control()
        .domainId(domain)
        .orElseThrow(
            () ->
                new UserException(
                    "The tokenizer has no token %s, only those of the domains %s; use one of these or train a tokenizer with that domain."
                        .formatted(ControlTokens.domain(domain), domains())));
  }

  /** The tag of a language, if the tokenizer has one. */
  public OptionalInt languageToken(String language) {
    return vocabulary.control().languageId(language);
  }

  public boolean isControl(int id) {
    return vocabulary.isControl(id);
  }

  /** The domains that have a control token, in the order of their ids. */
  public List<String> domains() {
    return vocabulary.control().domains();
  }

  /**
   * Does nothing, because a tokenizer holds no resources. It is here so that a tokenizer can be
   * used like other resources.
   */
  @Override
  public void close() {}
}
