package jingwei.model.corpus;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Documents that must be on one side of the split: those that share a text or a given key, also
 * indirectly through other documents. Two texts are the same if their fingerprints are equal;
 * domain and role do not matter. Time and memory are proportional to the number of texts.
 */
final class TextGroups {
  private final Map<Fingerprint, Integer> texts = new HashMap<>();
  private final Map<String, Integer> keys = new HashMap<>();

  private int nodes;
  private int[] parents = new int[64];
  private int[] sizes = new int[64];
  private Fingerprint[] smallestText = new Fingerprint[64];
  private String[] smallestKey = new String[64];

  /** Adds a document that is split by its content to its group; returns its place. */
  int add(List<Fingerprint> documentTexts) {
    int place = node(documentTexts.getFirst());
    for (Fingerprint text : documentTexts.subList(1, documentTexts.size())) {
      place = join(place, node(text));
    }
    return place;
  }

  /** Adds a document to the group of a key and of its texts; returns its place. */
  int add(String key, List<Fingerprint> documentTexts) {
    Integer node = keys.get(key);
    if (node == null) {
      node = newNode();
      smallestKey[node] = key;
      keys.put(key, node);
    }
    return join(node, add(documentTexts));
  }

  /** The group of a place, below {@link #limit}; valid once all documents were added. */
  int group(int place) {
    int at = place;
    while (parents[at] != at) {
      parents[at] = parents[parents[at]];
      at = parents[at];
    }
    return at;
  }

  /** Exclusive upper bound of the groups. */
  int limit() {
    return nodes;
  }

  /**
   * The key that a group is split by: the smallest of its given keys, or else the smallest
   * fingerprint of its texts. It does not depend on the order of documents.
   */
  String key(int group) {
    return isGiven(group) ? smallestKey[group] : smallestText[group].toString();
  }

  /** Whether the key of a group was given. */
  boolean isGiven(int group) {
    return smallestKey[group] != null;
  }

  private int node(Fingerprint text) {
    Integer known = texts.get(text);
    if (known != null) {
      return known;
    }
    int node = newNode();
    smallestText[node] = text;
    texts.put(text, node);
    return node;
  }

  private int newNode() {
    if (nodes == parents.length) {
      parents = Arrays.copyOf(parents, 2 * nodes);
      sizes = Arrays.copyOf(sizes, 2 * nodes);
      smallestText = Arrays.copyOf(smallestText, 2 * nodes);
      smallestKey = Arrays.copyOf(smallestKey, 2 * nodes);
    }
    parents[nodes] = nodes;
    sizes[nodes] = 1;
    return nodes++;
  }

  private int join(int one, int other) {
    int a = group(one);
    int b = group(other);
    if (a == b) {
      return a;
    }
    int large = sizes[a] < sizes[b] ? b : a;
    int small = large == a ? b : a;
    parents[small] = large;
    sizes[large] += sizes[small];
    smallestText[large] = smaller(smallestText[large], smallestText[small]);
    smallestKey[large] = smaller(smallestKey[large], smallestKey[small]);
    return large;
  }

  private static <T extends Comparable<T>> T smaller(T one, T other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) <= 0 ? one : other;
  }
}
