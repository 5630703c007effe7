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
  void forward(Workspace workspace, Frame frame, ParameterSet weights);

  /** All but the embedding, whose two ends each have a backward of their own. */
  sealed interface Upper extends StageWork {
    void backward(Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients);
  }

  /**
   * A block: nobody waits for the gradients of its linears, so they come when the gradient is on
   * its way down.
   */
  sealed interface OfBlock extends Upper {
    Device device();

    int index();

    default void weightGradients(Workspace workspace, Frame frame, Gradients gradients) {
      device().backwardPass().weightGradients(workspace, frame, index(), gradients);
    }
  }

  /** A block without experts. */
  record Dense(Device device, Block.Dense block, int index) implements OfBlock {
    @Override
    public void forward(Workspace workspace, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardBlock(workspace, frame, index, weights);
    }

    @Override
    public void backward(
        Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().backwardBlock(workspace, frame, block, index, weights, gradients);
    }
  }

  /** A block with experts: both ways have a first half, the experts, and a second half. */
  record Routed(Device device, Block.Routed block, int index) implements OfBlock {
    @Override
    public void forward(Workspace workspace, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardBlock(workspace, frame, index, weights);
    }

    void combine(Workspace workspace, Frame frame) {
      device.forwardPass().combine(workspace, frame, block, index);
    }

    void dispatchGradient(Workspace workspace, Frame frame, ParameterSet weights) {
      device.backwardPass().dispatchGradient(workspace, frame, block, index, weights);
    }

    /** The second half; {@link #dispatchGradient} and the experts come before. */
    @Override
    public void backward(
        Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().combineGradient(workspace, frame, block, index, weights, gradients);
    }
  }

  /** The final norm and the query layer. */
  record Output(Device device) implements Upper {
    @Override
    public void forward(Workspace workspace, Frame frame, ParameterSet weights) {
      device.forwardPass().forwardOutput(workspace, frame, weights);
    }

    @Override
    public void backward(
        Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients) {
      device.backwardPass().backwardOutput(workspace, frame, weights, gradients);
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
    public void forward(Workspace workspace, Frame frame, ParameterSet weights) {
      device.forwardPass().embed(workspace, frame, weights);
    }

    void loss(Workspace workspace, Frame frame, ParameterSet weights) {
      device.forwardPass().loss(workspace, frame, weights);
    }

    void lossAndGradient(
        Workspace workspace, Frame frame, ParameterSet weights, Gradients gradients, double scale) {
      device.backwardPass().lossAndGradient(workspace, frame, weights, gradients, scale);
    }

    /** Takes the gradient of the embedded rows out of the frame. */
    void hold(Workspace workspace, Frame frame) {
      Matrix rows = device.backwardPass().embeddedGradient(frame);
      if (held.size() == waiting.size()) {
        Decoder decoder = device.decoder();
        held.add(
            new RowBuffer(
                device.type(), device.maxTokens(), decoder.shape().width(), device.memory()));
      }
      workspace.kernels().copy(rows, held.get(waiting.size()).rows(rows.rows()));
      waiting.add(frame.microBatch());
    }

    /** Adds everything that is held to the gradient of its replica, in order. */
    void addHeld(Workspace workspace, Gradients gradients) {
      for (int i = 0; i < waiting.size(); i++) {
        MicroBatch microBatch = waiting.get(i);
        device
            .decoder()
            .embedding()
            .backward(
                workspace.kernels(),
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
