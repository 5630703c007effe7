package jingwei.actors.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.actors.settings.ActorSettings;
import jingwei.actors.transport.TransportSettings;
import jingwei.model.TestSettings;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.InitialWeights;
import org.junit.jupiter.api.Test;

class RunPlanTest {
  private static final InitialWeights INITIAL = new InitialWeights(3);
  private static final int DOMAINS = 2;
  private static final int PER_DOMAIN = 3;
  private static final DecoderShape SHAPE = shape(2);

  /** Every part is a value, or a route table, whose arrays nobody else has. */
  @Test
  void holdsNothingThatChanges() {
    RunPlan plan = plan(2);
    List<Object> values = new ArrayList<>();
    collect(plan, values);
    for (Object value : values) {
      assertTrue(
          value instanceof Number
              || value instanceof Boolean
              || value instanceof String
              || value instanceof Enum<?>
              || value instanceof Duration
              || value instanceof RouteTable,
          value.getClass().getName());
    }
    RouteTable table = plan.model().routes().getFirst();
    int before = table.expert(1, 5);
    table.expertsOf(1)[5]++;
    assertEquals(before, table.expert(1, 5));
  }

  @Test
  void keepsACopyOfTheTables() {
    List<RouteTable> routes = new ArrayList<>(tables(2));
    ModelPlan model = new ModelPlan(SHAPE, ElementType.FLOAT64, routes, INITIAL);
    routes.clear();
    assertEquals(2, model.routes().size());
  }

  @Test
  void refusesPartsThatDoNotFitTogether() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelPlan(SHAPE, ElementType.FLOAT64, tables(1), INITIAL));
    RouteTable other = RouteTable.draw(RouteMode.PERMUTE, 1, 0, DOMAINS, PER_DOMAIN + 1, 20, null);
    assertThrows(
        IllegalArgumentException.class,
        () -> new ModelPlan(SHAPE, ElementType.FLOAT64, List.of(other, other), INITIAL));
    assertThrows(IllegalArgumentException.class, () -> plan(1));
  }

  private static void collect(Object value, List<Object> values) {
    if (value instanceof Record) {
      for (RecordComponent component : value.getClass().getRecordComponents()) {
        try {
          component.getAccessor().setAccessible(true);
          collect(component.getAccessor().invoke(value), values);
        } catch (ReflectiveOperationException e) {
          throw new IllegalStateException(e);
        }
      }
    } else if (value instanceof List<?> list) {
      assertThrows(UnsupportedOperationException.class, list::removeLast);
      list.forEach(item -> collect(item, values));
    } else {
      values.add(value);
    }
  }

  private static RunPlan plan(int replicas) {
    return new RunPlan(
        new ModelPlan(SHAPE, ElementType.FLOAT64, tables(2), INITIAL),
        TestSettings.rules(TestSettings.adam(), replicas, 0, 0),
        new BatchSettings(4, 1, 2, 8, 0, BatchSettings.equalWeights(DOMAINS)),
        new ActorSettings(2, 0, false, 1, Duration.ofSeconds(60), TransportSettings.defaults()));
  }

  private static List<RouteTable> tables(int layers) {
    return IntStream.range(0, layers)
        .mapToObj(
            layer -> RouteTable.draw(RouteMode.PERMUTE, 1, layer, DOMAINS, PER_DOMAIN, 20, null))
        .toList();
  }

  private static DecoderShape shape(int routedBlocks) {
    return new DecoderShape(
        20,
        8,
        new DecoderShape.Sizes(8, 2, 16),
        new DecoderShape.Stack(1, routedBlocks, true),
        new DecoderShape.Experts(DOMAINS, PER_DOMAIN));
  }
}
