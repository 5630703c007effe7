package jingwei.actors.device;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Block;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Frame;
import jingwei.model.decoder.Workspace;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.layer.RowBuffer;
import jingwei.model.memory.Matrix;

/** What a stage computes; which messages follow from it is the stage's business. */
sealed interface StageWork {
  void forward(Workspace lane, Frame frame, ParameterSet weights);

  /** All but the embedding, whose two ends each have a backward of their own. */
  sealed interface Upper extends StageWork {
    void backward(Workspace lane, Frame frame, ParameterSet weights, Gradients gradients);
  }

  /**
   * A block: nobody waits for the gradients of its linears, so they come when the gradient is on
   * its way down.
   */
  sealed interface OfBlock extends Upper {
    Device device();

    int index();

    default void weightGradients(Workspace lane, Frame frame, Gradients gradients) {
      device().backwardPass().weightGradients(lane, frame, index(), gradients);
    }
  }

  /** A block without experts. */
  record Dense(Device device, Block.Dense block, int index) implements OfBlock {
    @Override
    public void forward(Workspace lane, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardBlock(lane, frame, index, weights);
    }

    @Override
    public void backward(Workspace lane, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().backwardBlock(lane, frame, block, index, weights, gradients);
    }
  }

  /** A block with experts: both ways have a first half, the experts, and a second half. */
  record Routed(Device device, Block.Routed block, int index) implements OfBlock {
    @Override
    public void forward(Workspace lane, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardBlock(lane, frame, index, weights);
    }

    void combine(Workspace lane, Frame frame) {
      device.forwardPass().combine(lane, frame, block, index);
    }

    void dispatchGradient(Workspace lane, Frame frame, ParameterSet weights) {
      device.backwardPass().dispatchGradient(lane, frame, block, index, weights);
    }

    /** The second half; {@link #dispatchGradient} and the experts come before. */
    @Override
    public void backward(Workspace lane, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().combineGradient(lane, frame, block, index, weights, gradients);
    }
  }

  /** The final norm and the query layer. */
  record Output(Device device) implements Upper {
    @Override
    public void forward(Workspace lane, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardOutput(lane, frame, weights);
    }

    @Override
    public void backward(Workspace lane, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().backwardOutput(lane, frame, weights, gradients);
    }
  }

  /**
   * The embedding at the bottom and the head at the top, on one word table.
   *
   * <p>Gradients of embedded rows wait until the head is done with the whole replica: their sum
   * must not depend on which micro-batches are in flight.
   */
  final class Embedding implements StageWork {
    private final Device device;
    private final List<RowBuffer> held = new ArrayList<>();
    private final List<MicroBatch> waiting = new ArrayList<>();

    Embedding(Device device) {
      this.device = device;
    }

    @Override
    public void forward(Workspace lane, Frame frame, ParameterSet weights) {
      device.forwardPass().embed(lane, frame, weights);
    }

    void loss(Workspace lane, Frame frame, ParameterSet weights) {
      device.forwardPass().loss(lane, frame, weights);
    }

    void lossAndGradient(
        Workspace lane, Frame frame, ParameterSet weights, Gradients gradients, double scale) {
      device.backwardPass().lossAndGradient(lane, frame, weights, gradients, scale);
    }

    /** Takes the gradient of the embedded rows out of the frame. */
    void hold(Workspace lane, Frame frame) {
      Matrix rows = device.backwardPass().embeddedGradient(frame);
      if (held.size() == waiting.size()) {
        Decoder decoder = device.decoder();
        held.add(
            new RowBuffer(
                device.type(), device.maxTokens(), decoder.shape().width(), device.memory()));
      }
      lane.kernels().copy(rows, held.get(waiting.size()).rows(rows.rows()));
      waiting.add(frame.microBatch());
    }

    /** Adds everything that is held to the gradient of its replica, in order. */
    void addHeld(Workspace lane, Gradients gradients) {
      for (int i = 0; i < waiting.size(); i++) {
        MicroBatch microBatch = waiting.get(i);
        device
            .decoder()
            .embedding()
            .backward(
                lane.kernels(),
                gradients,
                microBatch.tokens(),
                microBatch.positions(),
                held.get(i).rows(microBatch.numTokens()),
                i == 0);
      }
      waiting.clear();
    }
  }

  /** Work of stage 0 (embedding), a block, or the last stage (output). */
  static StageWork of(Device device, int stage) {
    List<Block> blocks = device.decoder().blocks();
    if (stage == 0) {
      return new Embedding(device);
    }
    if (stage > blocks.size()) {
      return new Output(device);
    }
    return switch (blocks.get(stage - 1)) {
      case Block.Dense dense -> new Dense(device, dense, stage - 1);
      case Block.Routed routed -> new Routed(device, routed, stage - 1);
    };
  }
}
