package jingwei.model.data;

import java.util.List;

/**
 * Cuts documents into micro-batches for evaluation. Every token except a document's first is
 * predicted once.
 */
public final class HeldOutBatches {
  private HeldOutBatches() {}

  /**
   * @param documents of one or several domains
   * @param maxInputs limit of the total number of inputs; later inputs are left out
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
        break; // avoid reading more: it may tokenise a document
      }
    }
    return builder.build();
  }
}
