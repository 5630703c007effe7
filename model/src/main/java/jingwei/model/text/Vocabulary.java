package jingwei.model.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The tokens and merges of a tokenizer.
 *
 * @param control the control tokens, with the first ids
 * @param texts the bytes of every other token, in the order of their ids from {@code
 *     control.tokens().size()} on
 * @param merges pairs of ids that become one token, best first
 */
record Vocabulary(ControlTokens control, List<byte[]> texts, List<Merge> merges) {

  /** Two neighbours that become one token. */
  record Merge(int left, int right, int joined) {}

  Vocabulary {
    texts = List.copyOf(texts);
    merges = List.copyOf(merges);
  }

  int size() {
    return control.tokens().size() + texts.size();
  }

  boolean isControl(int id) {
    return id < control.tokens().size();
  }

  byte[] bytes(int id) {
    return isControl(id) ? new byte[0] : texts.get(id - control.tokens().size());
  }

  /** The token of each of the 256 bytes. */
  int[] byteIds() {
    int[] ids = new int[256];
    for (int id = 0; id < texts.size(); id++) {
      if (texts.get(id).length == 1) {
        ids[texts.get(id)[0] & 0xFF] = control.tokens().size() + id;
      }
    }
    return ids;
  }

  /** The token as it is written in a file. */
  String written(int id) {
    return isControl(id) ? control.tokens().get(id) : ByteAlphabet.write(bytes(id));
  }

  /** Grows a vocabulary from the control tokens and the 256 bytes, merge by merge. */
  static final class Builder {
    private final ControlTokens control;
    private final List<byte[]> texts = new ArrayList<>();
    private final List<Merge> merges = new ArrayList<>();
    private final Map<String, Integer> ids = new HashMap<>();
    private final Set<Merge> merged = new HashSet<>();

    Builder(ControlTokens control) {
      this.control = control;
      for (int value = 0; value < 256; value++) {
        add(new byte[] {(byte) value});
      }
    }

    int size() {
      return control.tokens().size() + texts.size();
    }

    int byteId(int value) {
      return control.tokens().size() + value;
    }

    /**
     * Adds a merge and returns the id of its result: a new one, unless another merge has already
     * produced the same bytes.
     */
    int merge(int left, int right) {
      byte[] joined = joined(bytes(left), bytes(right));
      Integer known = ids.get(ByteAlphabet.write(joined));
      int id = known == null ? add(joined) : known;
      var merge = new Merge(left, right, id);
      // A pair can come back after another merge has produced its left or right side again; its
      // first rank counts.
      if (merged.add(merge)) {
        merges.add(merge);
      }
      return id;
    }

    Vocabulary build() {
      return new Vocabulary(control, texts, merges);
    }

    private byte[] bytes(int id) {
      return texts.get(id - control.tokens().size());
    }

    private int add(byte[] bytes) {
      int id = size();
      texts.add(bytes);
      ids.put(ByteAlphabet.write(bytes), id);
      return id;
    }

    private static byte[] joined(byte[] left, byte[] right) {
      byte[] out = new byte[left.length + right.length];
      System.arraycopy(left, 0, out, 0, left.length);
      System.arraycopy(right, 0, out, left.length, right.length);
      return out;
    }
  }
}
