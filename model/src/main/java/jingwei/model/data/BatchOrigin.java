package jingwei.model.data;

import java.util.List;

/**
 * Which text a batch was packed from.
 *
 * @param documents ids of the documents it holds a part of, in order
 * @param epoch of the domain that is least far, counted from 0
 * @param after where the data goes on after the batch; a checkpoint of its step keeps it
 */
public record BatchOrigin(List<String> documents, int epoch, DataPosition after) {
  /** Of a batch that no part of a run was packed into, as that of an evaluation. */
  public static final BatchOrigin NONE = new BatchOrigin(List.of(), 0, DataPosition.start(0));

  public BatchOrigin {
    documents = List.copyOf(documents);
  }
}
