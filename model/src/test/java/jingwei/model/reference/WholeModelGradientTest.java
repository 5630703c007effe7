package jingwei.model.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import jingwei.model.data.BatchRoutes;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.EmbeddedGradients;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.SequentialPass;
import jingwei.model.kernel.Kernels;
import jingwei.model.kernel.Nd4jKernels;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.layer.Parameter;
import jingwei.model.layer.ReplicaGradients;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compares the loss and every gradient of whole models with {@link NaiveDecoder}. */
class WholeModelGradientTest {
  private final NativeMemory memory = NativeMemory.unbounded("test");

  @AfterEach
  void close() {
    memory.close();
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT64, 1, 2, true, 1e-10",
    "FLOAT64, 2, 0, false, 1e-10",
    "FLOAT64, 0, 1, false, 1e-10",
    "FLOAT32, 1, 2, true, 1e-4",
    "FLOAT32, 2, 0, false, 1e-4"
  })
  void agreesWithTheNaiveDecoder(
      ElementType type, int denseBlocks, int routedBlocks, boolean queryLayer, double tolerance) {
    DecoderShape shape =
        new DecoderShape(
            13,
            5,
            new DecoderShape.Sizes(6, 2, 7),
            new DecoderShape.Stack(denseBlocks, routedBlocks, queryLayer),
            new DecoderShape.Experts(2, 2));
    List<RouteTable> routes = new ArrayList<>();
    for (int layer = 0; layer < routedBlocks; layer++) {
      routes.add(RouteTable.draw(RouteMode.PERMUTE, 1, layer, 2, 2, 13, null));
    }
    ModelState model = new ModelState(new Decoder(shape), routes, type, memory);
    model.initialise(1);
    // Use larger weights than in training, so softmax and GELU leave their linear range.
    model.states().forEach(state -> state.weights().flat().nd4j().muli(15));
    MicroBatch batch =
        new MicroBatch(
            new int[] {3, 1, 4, 1, 5, 9, 2, 6},
            new int[] {1, 4, -1, 5, 9, 2, 6, 12},
            new int[] {0, 1, 2, 3, 4, 0, 0, 1},
            new int[] {0, 0, 0, 0, 0, 1, 1, 1},
            new int[] {0, 5, 6, 8});

    Kernels kernels = type == ElementType.FLOAT64 ? new Nd4jKernels() : new VectorKernels(memory);
    SequentialPass pass = new SequentialPass(model.decoder(), type, kernels, 8, memory);
    GradientPool gradients = new GradientPool(model.decoder(), 1, type, memory);
    double[] losses =
        pass.lossAndGradient(
            batch,
            BatchRoutes.of(List.of(batch), routes).plans(0),
            owner -> model.states().get(owner).weights(),
            owner -> gradients.of(owner, 0),
            1.0 / batch.numTargets());
    double loss = Arrays.stream(losses).limit(8).sum() / batch.numTargets();
    EmbeddedGradients embedded = new EmbeddedGradients(model.decoder(), type, 8, memory);
    embedded.hold(kernels, pass.activations());
    embedded.addTo(kernels, gradients.of(model.decoder().embeddingOwner(), 0));

    NaiveDecoder naive = new NaiveDecoder(model);
    assertEquals(naive.meanLoss(batch), loss, tolerance);
    for (Map.Entry<Integer, ReplicaGradients> entry : gradients.active().entrySet()) {
      Owner owner = model.decoder().owners().get(entry.getKey());
      for (int i = 0; i < owner.layout().parameters().size(); i++) {
        Parameter parameter = owner.layout().parameters().get(i);
        check(
            naive,
            owner.name() + "." + parameter.name(),
            entry.getValue().of(0).values().get(i),
            tolerance);
      }
    }
  }

  private static void check(NaiveDecoder naive, String name, Matrix gradient, double tolerance) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < gradient.rows(); i++) {
      for (int j = 0; j < gradient.columns(); j++) {
        double expected = naive.gradient(name, i, j);
        difference += Math.pow(expected - gradient.get(i, j), 2);
        norm += expected * expected;
      }
    }
    double error = Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-2);
    assertTrue(error < tolerance, name + ": relative error " + error + ", norm " + Math.sqrt(norm));
  }
}
