package jingwei.actors.serial;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.plan.ModelPlan;
import jingwei.actors.plan.RunPlan;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.step.TokenLosses;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchOrigin;
import jingwei.model.data.BatchPart;
import jingwei.model.data.BatchParts;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.optim.LearningRate;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;

/** Values of types that are no records, or whose components must fit together. */
final class SampleValues {
  private static final int VOCABULARY = 20;
  private static final int DOMAINS = 2;
  private static final int PER_DOMAIN = 3;
  private static final int REPLICAS = 2;
  private static final DecoderShape SHAPE =
      new DecoderShape(
          VOCABULARY,
          8,
          new DecoderShape.Sizes(8, 2, 16),
          new DecoderShape.Stack(1, 2, true),
          new DecoderShape.Experts(DOMAINS, PER_DOMAIN));

  private SampleValues() {}

  static Map<Class<?>, List<?>> all() {
    Map<Class<?>, List<?>> values = new HashMap<>();
    values.put(int.class, List.of(3));
    values.put(Integer.class, List.of(4));
    values.put(long.class, List.of(1L << 40));
    values.put(Long.class, List.of(-1L));
    values.put(boolean.class, List.of(true, false));
    values.put(double.class, List.of(0.1, Double.NaN, Double.NEGATIVE_INFINITY));
    values.put(String.class, List.of("blocks.1.experts.3 \u7cbe\u536b"));
    values.put(BatchPart.class, List.of(part()));
    values.put(RunPlan.class, List.of(plan()));
    values.put(Placement.class, List.of(placement()));
    values.put(TokenLosses.class, List.of(new TokenLosses(new double[] {1.5, Double.NaN, 0})));
    values.put(LearningRate.class, List.of(TestSettings.rate()));
    return values;
  }

  /** The second of two devices has it. */
  static BatchPart part() {
    return BatchParts.of(
            Batch.ofStep(5, microBatches(), REPLICAS, tables(), BatchOrigin.NONE),
            replica -> replica,
            2)
        .get(1);
  }

  static RunPlan plan() {
    return new RunPlan(
        new ModelPlan(SHAPE, ElementType.FLOAT64, tables(), new InitialWeights(5)),
        TestSettings.rules(TestSettings.adam(), REPLICAS, 0, 1),
        new BatchSettings(4, 1, REPLICAS, 8, 0, BatchSettings.equalWeights(DOMAINS)),
        new ActorSettings(2, 0, true, 1, Duration.ofMillis(1500), TransportSettings.defaults()));
  }

  private static Placement placement() {
    return Placement.first(new Decoder(SHAPE), REPLICAS, Members.of(2, 2));
  }

  private static List<RouteTable> tables() {
    return IntStream.range(0, SHAPE.routedBlocks())
        .mapToObj(
            layer ->
                RouteTable.draw(RouteMode.PERMUTE, 1, layer, DOMAINS, PER_DOMAIN, VOCABULARY, null))
        .toList();
  }

  private static List<MicroBatch> microBatches() {
    Random random = new Random(1);
    return IntStream.range(0, 4)
        .mapToObj(
            m ->
                new MicroBatch(
                    random.ints(6, 0, VOCABULARY).toArray(),
                    random.ints(6, -1, VOCABULARY).toArray(),
                    IntStream.range(0, 6).toArray(),
                    random.ints(6, 0, DOMAINS).toArray(),
                    new int[] {0, 2, 6}))
        .toList();
  }
}
