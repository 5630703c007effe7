package jingwei.actors.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import jingwei.model.data.BatchPart;
import jingwei.model.reference.TinyRun;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.SumOrder;
import org.junit.jupiter.api.Test;

class LastOnesTest {
  private final BatchPart part =
      BatchPart.whole(
          TinyRun.batches(8, 1, 2, List.of(TinyRun.documents(0, 9, 7), TinyRun.documents(1, 9, 7)))
              .next());

  @Test
  void findsTheLastOnesInTheOrderOfIndices() {
    findsTheLastOnes(SumOrder.FIXED, indices());
  }

  @Test
  void findsTheLastOnesInAnyOrderOfArrival() {
    for (int seed = 0; seed < 20; seed++) {
      List<Integer> arrival = indices();
      Collections.shuffle(arrival, new Random(seed));
      findsTheLastOnes(SumOrder.ARRIVAL, arrival);
    }
  }

  private List<Integer> indices() {
    return new ArrayList<>(IntStream.of(part.indices()).boxed().toList());
  }

  private void findsTheLastOnes(SumOrder order, List<Integer> arrival) {
    LastOnes lastOnes = LastOnes.in(order);
    for (int place = 0; place < arrival.size(); place++) {
      int index = arrival.get(place);
      List<Integer> later = arrival.subList(place + 1, arrival.size());
      for (int layer = 0; layer < part.routes().layers(); layer++) {
        RoutePlan plan = part.plans(index).get(layer);
        for (int i = 0; i < plan.numActive(); i++) {
          int of = layer;
          int expert = plan.expert(i);
          assertEquals(
              later.stream().noneMatch(other -> activates(part.plans(other).get(of), expert)),
              lastOnes.isLastUse(part, index, layer, expert),
              arrival + " at " + index);
        }
      }
      assertEquals(
          later.stream().noneMatch(other -> part.replicaOf(other) == part.replicaOf(index)),
          lastOnes.isLastOfReplica(part, index),
          arrival + " at " + index);
    }
  }

  private static boolean activates(RoutePlan plan, int expert) {
    return IntStream.range(0, plan.numActive()).anyMatch(i -> plan.expert(i) == expert);
  }
}
