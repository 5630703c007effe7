package jingwei.model.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts documents into micro-batches for evaluation: every token that has a next one is predicted
 * once.
 */
public final class HeldOutBatches {
  private HeldOutBatches() {}

  /**
   * @param documents of one or several domains
   * @param maxInputs stop after about so many inputs; the first documents are taken
   */
  public static List<MicroBatch> of(
      List<EncodedDocument> documents, int context, int rowsPerMicroBatch, long maxInputs) {
    MicroBatchBuilder builder = new MicroBatchBuilder(context, rowsPerMicroBatch);
    List<EncodedDocument> chosen = new ArrayList<>();
    long inputs = 0;
    for (EncodedDocument document : documents) {
      if (inputs >= maxInputs) {
        break;
      }
      chosen.add(document);
      inputs += document.inputs();
    }
    for (EncodedDocument document : chosen) {
      int from = 0;
      while (from < document.inputs()) {
        int to = Math.min(document.inputs(), from + builder.roomInRow());
        builder.add(new DomainStream.Piece(document, from, to));
        from = to;
      }
    }
    return builder.build();
  }
}
