package jingwei.actors.serial;

import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jingwei.model.data.BatchRoutes;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/** All that a message holds, as a text: two messages are equal if their texts are. */
final class Contents {
  private Contents() {}

  static String of(Object value) {
    return switch (value) {
      case Record holder -> fields(holder);
      case List<?> list -> list.stream().map(Contents::of).collect(Collectors.toList()).toString();
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> of(entry.getKey()) + "=" + of(entry.getValue()))
              .collect(Collectors.toList())
              .toString();
      case RouteTable table ->
          IntStream.range(0, table.domains())
              .mapToObj(domain -> Arrays.toString(table.expertsOf(domain)))
              .collect(Collectors.joining(",", table.expertsPerDomain() + " a domain ", ""));
      case BatchRoutes routes -> routes(routes);
      case RoutePlan plan -> plan(plan);
      case int[] numbers -> Arrays.toString(numbers);
      case long[] numbers -> Arrays.toString(numbers);
      case double[] numbers -> Arrays.toString(numbers);
      case Object[] items -> of(Arrays.asList(items));
      default -> value.getClass().getSimpleName() + " " + value;
    };
  }

  private static String fields(Record holder) {
    List<String> fields = new ArrayList<>();
    for (RecordComponent component : holder.getClass().getRecordComponents()) {
      Method accessor = component.getAccessor();
      accessor.setAccessible(true);
      try {
        fields.add(component.getName() + "=" + of(accessor.invoke(holder)));
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    return holder.getClass().getName() + fields;
  }

  private static String routes(BatchRoutes routes) {
    List<String> plans = new ArrayList<>(List.of(Arrays.toString(routes.numExperts())));
    for (int m = 0; m < routes.microBatches(); m++) {
      plans.add(of(routes.plans(m)));
    }
    return plans.toString();
  }

  private static String plan(RoutePlan plan) {
    return IntStream.range(0, plan.numActive())
        .mapToObj(i -> plan.expert(i) + ":" + plan.from(i) + "-" + plan.to(i))
        .collect(
            Collectors.joining(
                " ", Arrays.toString(plan.order()) + Arrays.toString(plan.place()), ""));
  }
}
