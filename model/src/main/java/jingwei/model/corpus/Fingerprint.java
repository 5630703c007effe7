package jingwei.model.corpus;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * 128 bits that stand for a text: the first half of its SHA-256. Equal texts have equal
 * fingerprints; different texts with equal fingerprints are practically impossible.
 */
record Fingerprint(long high, long low) implements Comparable<Fingerprint> {

  /** The fingerprint of texts in their order; the boundaries between the texts count. */
  static Fingerprint of(Iterable<String> texts) {
    MessageDigest digest = sha256();
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
      digest.update(bytes);
    }
    ByteBuffer hash = ByteBuffer.wrap(digest.digest());
    return new Fingerprint(hash.getLong(), hash.getLong());
  }

  /** A number in [0, 1), evenly spread over texts. */
  double fraction() {
    return (high >>> 11) * 0x1p-53;
  }

  @Override
  public int compareTo(Fingerprint other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
