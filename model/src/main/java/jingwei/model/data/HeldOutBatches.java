package jingwei.model.data;

import java.util.List;

/**
 * Cuts documents into micro-batches for evaluation: every token that has a next one is predicted
 * once.
 */
public final class HeldOutBatches {
  private HeldOutBatches() {}

  /**
   * @param documents of one or several domains
   * @param maxInputs most inputs of all rows together; the first ones of the documents are taken
   */
  public static List<MicroBatch> of(
      DocumentSource documents, int context, int rowsPerMicroBatch, long maxInputs) {
    MicroBatchBuilder builder = new MicroBatchBuilder(context, rowsPerMicroBatch);
    long left = maxInputs;
    for (int i = 0; i < documents.size(); i++) {
      EncodedDocument document = documents.read(i);
      int end = (int) Math.min(document.inputs(), left);
      int from = 0;
      while (from < end) {
        int to = Math.min(end, from + builder.roomInRow());
        builder.add(document, from, to);
        from = to;
      }
      left -= end;
      if (left == 0) {
        break; // reading a document may tokenise it
      }
    }
    return builder.build();
  }
}
