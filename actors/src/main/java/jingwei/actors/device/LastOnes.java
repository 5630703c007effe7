package jingwei.actors.device;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import jingwei.model.data.BatchPart;
import jingwei.model.routing.RoutePlan;
import jingwei.model.step.SumOrder;

/**
 * Which micro-batches of a step are the last ones of a stage, so that a sum of gradients is
 * complete. Belongs to the actor of the stage, which asks once for each micro-batch.
 */
interface LastOnes {
  /** Whether no micro-batch of the part activates this expert after this one. */
  boolean isLastUse(BatchPart part, int index, int layer, int expert);

  /** Whether no micro-batch of the same replica comes after this one. */
  boolean isLastOfReplica(BatchPart part, int index);

  static LastOnes in(SumOrder order) {
    return order == SumOrder.FIXED ? new ByIndex() : new ByCount();
  }

  /** Micro-batches come in the order of their indices. */
  final class ByIndex implements LastOnes {
    @Override
    public boolean isLastUse(BatchPart part, int index, int layer, int expert) {
      return part.isLastUse(index, layer, expert);
    }

    @Override
    public boolean isLastOfReplica(BatchPart part, int index) {
      return part.isLastOfReplica(index);
    }
  }

  /** Micro-batches come in any order, so they are counted. */
  final class ByCount implements LastOnes {
    private final Map<Use, Long> uses = new HashMap<>();
    private final Map<Replica, Long> replicas = new HashMap<>();

    private record Use(long step, int layer, int expert) {}

    private record Replica(long step, int replica) {}

    @Override
    public boolean isLastUse(BatchPart part, int index, int layer, int expert) {
      return isAll(
          uses,
          new Use(part.step(), layer, expert),
          IntStream.of(part.indices())
              .mapToObj(each -> part.plans(each).get(layer))
              .filter(plan -> activates(plan, expert))
              .count());
    }

    @Override
    public boolean isLastOfReplica(BatchPart part, int index) {
      int replica = part.replicaOf(index);
      return isAll(
          replicas,
          new Replica(part.step(), replica),
          IntStream.of(part.indices()).filter(each -> part.replicaOf(each) == replica).count());
    }

    private static boolean activates(RoutePlan plan, int expert) {
      return IntStream.range(0, plan.numActive()).anyMatch(i -> plan.expert(i) == expert);
    }

    /** Counts one more; returns whether it was the last of all. */
    private static <K> boolean isAll(Map<K, Long> counts, K key, long all) {
      if (counts.merge(key, 1L, Long::sum) < all) {
        return false;
      }
      counts.remove(key);
      return true;
    }
  }
}
