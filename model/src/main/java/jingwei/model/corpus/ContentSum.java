package jingwei.model.corpus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** A checksum of documents and words in their order. Languages count, names do not. */
public final class ContentSum {
  private final CRC32C sum = new CRC32C();
  private long bytes;

  /** Adds the languages and texts of a document. Languages become tokens, so they count. */
  public void document(Document document) {
    switch (document) {
      case Document.Plain plain -> {
        number(1);
        word(plain.language());
      }
      case Document.Pair pair -> {
        number(2);
        word(pair.first().language());
        word(pair.second().language());
      }
    }
    for (String text : document.texts()) {
      number(text.getBytes(StandardCharsets.UTF_8).length);
      text(text);
    }
  }

  /** Adds a text without its length. */
  public void text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    sum.update(utf8);
    bytes += utf8.length;
  }

  /** Adds a word, whose length does not count. */
  public void word(String word) {
    sum.update(word.getBytes(StandardCharsets.UTF_8));
  }

  public void number(int number) {
    sum.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).flip());
  }

  public void number(long number) {
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
  }

  /** The checksum so far. */
  public long value() {
    return (sum.getValue() << 32) ^ bytes;
  }
}
