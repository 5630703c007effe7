package jingwei.model.data;

import java.util.List;

/**
 * The text that a batch was packed from.
 *
 * @param documents ids of the documents in the batch, whole or in part, in order
 * @param epoch epoch of the domain with the least progress, counted from 0
 * @param after data position after the batch, saved in the checkpoint of its step
 */
public record BatchOrigin(List<String> documents, int epoch, DataPosition after) {
  /** The origin of a batch without training data, for instance in an evaluation. */
  public static final BatchOrigin NONE = new BatchOrigin(List.of(), 0, DataPosition.start(0));

  public BatchOrigin {
    documents = List.copyOf(documents);
  }
}
