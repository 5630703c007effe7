package jingwei.bench.study;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.HeldOutBatches;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.loss.LossMeter;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.step.StepRules;

/**
 * A model, its text, and the rules of its training.
 *
 * @param seed of initial weights, route tables and the order of documents
 */
record Lesson(
    DecoderShape shape,
    BatchSettings batches,
    StepRules rules,
    LearningRate rate,
    Text text,
    long seed) {
  /**
   * What is read.
   *
   * @param training documents of each domain
   * @param heldOut held-out text of all domains
   * @param meter counts bits per byte of text
   */
  record Text(List<DocumentSource> training, List<MicroBatch> heldOut, LossMeter meter) {
    Text {
      training = List.copyOf(training);
      heldOut = List.copyOf(heldOut);
    }
  }

  /** So much held-out text of each domain, as an evaluation reads it. */
  static List<MicroBatch> heldOut(
      List<DocumentSource> documents, BatchSettings batches, long tokensPerDomain) {
    List<MicroBatch> all = new ArrayList<>();
    for (DocumentSource domain : documents) {
      all.addAll(
          HeldOutBatches.of(
              domain, batches.context(), batches.rowsPerMicroBatch(), tokensPerDomain));
    }
    return all;
  }

  Decoder decoder() {
    return new Decoder(shape);
  }

  List<RouteTable> routes() {
    return ModelState.drawRoutes(shape, RouteMode.PERMUTE, seed, null);
  }

  long tokensPerStep() {
    return (long) batches.rows() * batches.context();
  }
}
