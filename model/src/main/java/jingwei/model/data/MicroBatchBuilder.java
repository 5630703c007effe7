package jingwei.model.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** Concatenates parts of documents and cuts them into micro-batches of whole rows. */
public final class MicroBatchBuilder {
  private final int context;
  private final int capacity;
  private final List<MicroBatch> finished = new ArrayList<>();
  private final SequencedSet<String> documents = new LinkedHashSet<>();
  private final List<Integer> segments = new ArrayList<>();
  private final int[] tokens;
  private final int[] targets;
  private final int[] positions;
  private final int[] domains;
  private int size;

  public MicroBatchBuilder(int context, int rowsPerMicroBatch) {
    this.context = context;
    this.capacity = context * rowsPerMicroBatch;
    this.tokens = new int[capacity];
    this.targets = new int[capacity];
    this.positions = new int[capacity];
    this.domains = new int[capacity];
  }

  /** Number of tokens that still fit into the current row. */
  public int roomInRow() {
    return context - size % context;
  }

  /**
   * Adds inputs of a document as a segment, which must fit into the current row.
   *
   * @param from first input
   * @param to index after the last input
   */
  public void add(EncodedDocument document, int from, int to) {
    if (to - from > roomInRow()) {
      throw new IllegalArgumentException("inputs=%d room=%d".formatted(to - from, roomInRow()));
    }
    segments.add(size);
    for (int i = from; i < to; i++) {
      tokens[size] = document.tokens()[i];
      targets[size] = document.tokens()[i + 1];
      positions[size] = i - from;
      domains[size] = document.domain();
      size++;
    }
    documents.add(document.id());
    if (size == capacity) {
      finish();
    }
  }

  /** Returns all micro-batches; the last one may have fewer tokens. */
  public List<MicroBatch> build() {
    if (size > 0) {
      finish();
    }
    return finished;
  }

  /** Ids of the added documents, without duplicates. */
  public List<String> documents() {
    return List.copyOf(documents);
  }

  private void finish() {
    segments.add(size);
    finished.add(
        new MicroBatch(
            Arrays.copyOf(tokens, size),
            Arrays.copyOf(targets, size),
            Arrays.copyOf(positions, size),
            Arrays.copyOf(domains, size),
            segments.stream().mapToInt(Integer::intValue).toArray()));
    segments.clear();
    size = 0;
  }
}
