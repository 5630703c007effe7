package jingwei.bench.mixture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.transport.TransportSettings;
import jingwei.bench.mixture.ExpertRules.Movement;
import jingwei.bench.mixture.ExpertRules.Updated;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.kernel.Nd4jKernels;
import jingwei.model.layer.GradientCheck;
import jingwei.model.layer.ParameterSet;
import jingwei.model.loss.LossMeter;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RoutePlan;
import jingwei.model.state.ModelState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Compares gradients of a whole mixture with central differences, in double precision. */
class GateGradientTest {
  private static final DecoderShape SHAPE =
      new DecoderShape(
          9,
          4,
          new DecoderShape.Sizes(4, 1, 5),
          new DecoderShape.Stack(0, 2, false),
          new DecoderShape.Experts(2, 3));
  private static final double BALANCE = 0.5;

  /** Two micro-batches, and several tokens of each domain in both. */
  private static final Batch BATCH =
      batch(
          new MicroBatch(
              new int[] {3, 1, 4, 1, 5},
              new int[] {1, 4, 1, 5, 8},
              new int[] {0, 1, 2, 0, 1},
              new int[] {0, 0, 1, 1, 0},
              new int[] {0, 3, 5}),
          new MicroBatch(
              new int[] {2, 6, 5, 3, 7},
              new int[] {6, -1, 3, 7, 0},
              new int[] {0, 1, 0, 1, 2},
              new int[] {1, 1, 0, 0, 0},
              new int[] {0, 2, 5}));

  private final Decoder decoder = new Decoder(SHAPE);
  private final ExpertStates states = new ExpertStates(decoder, ElementType.FLOAT64, "experts");
  private final NativeMemory memory = NativeMemory.unbounded("test");
  private MixtureTrainer trainer;

  @BeforeEach
  void start() {
    states.initialise(1);
    trainer =
        new MixtureTrainer(
            new Mixture(
                SHAPE,
                ElementType.FLOAT64,
                scratch -> new Nd4jKernels(),
                5,
                1,
                new Mixture.Optimizer(TestSettings.adam(), TestSettings.rate()),
                new LossMeter(new int[SHAPE.vocabulary()], 2)),
            new Routing.Gate(BALANCE),
            ExpertRules.of(Movement.NONE, Updated.ALL),
            states,
            1,
            TransportSettings.defaults());
    // Larger weights than in training, so that no function is close to linear.
    for (int expert = 0; expert < states.count(); expert++) {
      enlarge(states.weights(expert));
    }
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      enlarge(trainer.dense(decoder.ownerOf(stage)).weights());
    }
    for (int layer = 0; layer < 2; layer++) {
      enlarge(trainer.gates().state(layer).weights());
    }
    trainer.compute(BATCH);
  }

  private static void enlarge(ParameterSet weights) {
    for (int i = 0; i < weights.layout().parameters().size(); i++) {
      if (weights.layout().parameters().get(i).decays()) {
        weights.get(i).nd4j().muli(20);
      }
    }
  }

  @AfterEach
  void end() {
    trainer.close();
    states.close();
    memory.close();
  }

  /** The lower gate also changes what the upper one sees. */
  @Test
  void gradientsOfAGateAreRight() {
    ParameterSet weights = trainer.gates().state(0).weights();
    ParameterSet gradients = trainer.gates().gradients(0).of(0).values();
    for (int domain = 0; domain < 2; domain++) {
      check("gate of domain " + domain, weights.get(domain), gradients.get(domain));
    }
  }

  /** The gradient of the input of a gate goes through the norm and the attention before it. */
  @Test
  void gradientsBelowAGateAreRight() {
    int owner = decoder.ownerOf(decoder.stageOfLayer(0));
    ParameterSet weights = trainer.dense(owner).weights();
    ParameterSet gradients = trainer.pass().dense(owner).of(0).values();
    List<String> checked = new ArrayList<>();
    for (int i = 0; i < weights.layout().parameters().size(); i++) {
      String name = weights.layout().parameters().get(i).name();
      if (name.equals("feedForward.norm.gain") || name.equals("attention.output.bias")) {
        check(name, weights.get(i), gradients.get(i));
        checked.add(name);
      }
    }
    assertEquals(List.of("attention.output.bias", "feedForward.norm.gain"), checked);
  }

  @Test
  void gradientsOfExpertsAreRight() {
    int expert = new ExpertNumbers(decoder).of(1, trainer.pass().plan(0, 1).expert(0));
    ParameterSet gradients = trainer.gradients(expert).values();
    for (int bias : new int[] {1, 3}) {
      trainer.gradients(expert).reset();
      check("expert " + expert, states.weights(expert).get(bias), gradients.get(bias));
    }
  }

  @Test
  void eachTokenGoesToTheMostProbableExpertOfItsDomain() {
    for (int m = 0; m < 2; m++) {
      MicroBatch microBatch = BATCH.microBatches().get(m);
      RoutePlan plan = trainer.pass().plan(m, 0);
      assertEquals(5, plan.numTokens());
      for (int i = 0; i < plan.numActive(); i++) {
        for (int row = plan.from(i); row < plan.to(i); row++) {
          assertEquals(microBatch.domains()[plan.order()[row]], plan.expert(i) / 3);
        }
      }
    }
    assertTrue(trainer.gates().balanceLoss() >= BALANCE);
  }

  /** The gradient is computed again, since a check leaves that of changed weights. */
  private void check(String what, Matrix weights, Matrix gradient) {
    trainer.compute(BATCH);
    Matrix copy = memory.matrix(gradient.type(), gradient.rows(), gradient.columns());
    copy.nd4j().assign(gradient.nd4j());
    GradientCheck.check(what, weights, copy, this::loss);
  }

  private double loss() {
    trainer.compute(BATCH);
    return trainer.loss(BATCH) + trainer.gates().balanceLoss();
  }

  private static Batch batch(MicroBatch... microBatches) {
    return Batch.ofStep(
        1,
        List.of(microBatches),
        1,
        ModelState.drawRoutes(SHAPE, RouteMode.PERMUTE, 1, null),
        BatchOrigin.NONE);
  }
}
