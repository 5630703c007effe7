package jingwei.model.reference;

import java.util.List;
import java.util.function.IntFunction;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.BackwardPass;
import jingwei.model.decoder.Block;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.ForwardPass;
import jingwei.model.decoder.Frame;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.Kernels;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RoutePlan;

/** Takes one micro-batch after the other through a resident model, in the calling thread. */
final class ReferencePass {
  private final ReferenceModel model;
  private final Decoder decoder;
  private final ForwardPass pass;
  private final BackwardPass back;
  private final Workspace lane;
  private final Frame frame;

  /**
   * @param maxTokens most tokens of a micro-batch
   */
  ReferencePass(ReferenceModel model, Kernels kernels, int maxTokens, NativeMemory memory) {
    this.model = model;
    this.decoder = model.decoder();
    this.pass = new ForwardPass(decoder);
    this.back = new BackwardPass(decoder);
    this.lane = new Workspace(decoder, kernels, model.type(), maxTokens, memory);
    this.frame = new Frame(decoder, model.type(), maxTokens, memory);
  }

  /** Loss of each token of a micro-batch in nats, without gradients; valid until the next call. */
  double[] losses(MicroBatch batch) {
    forward(batch, plans(batch), this::newest);
    pass.loss(lane, frame, newest(decoder.embeddingIndex()));
    return lane.losses();
  }

  /** Logits of the last token, [1, V]; valid until the next call. */
  Matrix lastLogits(MicroBatch batch) {
    forward(batch, plans(batch), this::newest);
    return pass.lastLogits(lane, frame, newest(decoder.embeddingIndex()));
  }

  /**
   * Forward, loss and backward down to the embedded rows.
   *
   * @param weights of an owner, by its index, as this micro-batch is to read them
   * @param gradients of an owner, by its index
   * @param scale of the gradient: 1 / target tokens of the step
   * @return loss of each token in nats; valid until the next call
   */
  double[] lossAndGradient(
      MicroBatch batch,
      List<RoutePlan> plans,
      IntFunction<ParameterSet> weights,
      IntFunction<Gradients> gradients,
      double scale) {
    forward(batch, plans, weights);
    int embedding = decoder.embeddingIndex();
    back.lossAndGradient(lane, frame, weights.apply(embedding), gradients.apply(embedding), scale);
    int output = decoder.outputIndex();
    back.backwardOutput(lane, frame, weights.apply(output), gradients.apply(output));
    for (int i = decoder.blocks().size() - 1; i >= 0; i--) {
      int owner = decoder.blockIndex(i);
      switch (decoder.blocks().get(i)) {
        case Block.Dense dense ->
            back.backwardBlock(lane, frame, dense, i, weights.apply(owner), gradients.apply(owner));
        case Block.Routed routed -> {
          back.dispatchGradient(lane, frame, routed, i, weights.apply(owner));
          RoutePlan plan = frame.plan(routed);
          for (int e = 0; e < plan.numActive(); e++) {
            int expert = decoder.expertIndex(i, plan.expert(e));
            back.backwardExpert(
                lane, frame, routed, i, e, weights.apply(expert), gradients.apply(expert));
          }
          back.combineGradient(
              lane, frame, routed, i, weights.apply(owner), gradients.apply(owner));
        }
      }
      back.weightGradients(lane, frame, i, gradients.apply(owner));
    }
    return lane.losses();
  }

  /** Gradient of the embedded rows after {@link #lossAndGradient}; valid until the next call. */
  Matrix embeddedGradient() {
    return back.embeddedGradient(frame);
  }

  private void forward(MicroBatch batch, List<RoutePlan> plans, IntFunction<ParameterSet> weights) {
    frame.begin(batch, plans);
    pass.embed(lane, frame, weights.apply(decoder.embeddingIndex()));
    for (int i = 0; i < decoder.blocks().size(); i++) {
      pass.forwardBlock(lane, frame, i, weights.apply(decoder.blockIndex(i)));
      if (decoder.blocks().get(i) instanceof Block.Routed routed) {
        RoutePlan plan = frame.plan(routed);
        for (int e = 0; e < plan.numActive(); e++) {
          ParameterSet expert = weights.apply(decoder.expertIndex(i, plan.expert(e)));
          pass.forwardExpert(lane, frame, routed, i, e, expert);
        }
        pass.combine(lane, frame, routed, i);
      }
    }
    pass.forwardOutput(lane, frame, weights.apply(decoder.outputIndex()));
  }

  private ParameterSet newest(int owner) {
    return model.states().get(owner).weights();
  }

  private List<RoutePlan> plans(MicroBatch batch) {
    return model.routes().stream()
        .map(table -> RoutePlan.of(table, batch.tokens(), batch.domains()))
        .toList();
  }
}
