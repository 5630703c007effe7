package jingwei.model.routing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import jingwei.model.data.ActiveExperts;
import jingwei.model.data.BatchRoutes;
import jingwei.model.data.MicroBatch;
import org.junit.jupiter.api.Test;

/** Routes that came from another node are what they claim to be, or are refused. */
class ReceivedRoutesTest {
  private static final int[] ORDER = {1, 3, 0, 2};
  private static final int[] ACTIVE = {2, 5};
  private static final int[] STARTS = {0, 1, 4};

  @Test
  void takesAPlan() {
    RoutePlan plan = RoutePlan.of(ORDER, ACTIVE, STARTS);
    assertArrayEquals(new int[] {2, 0, 3, 1}, plan.place());
    assertEquals(5, plan.expert(1));
    assertEquals(4, plan.to(1));
  }

  @Test
  void refusesAnOrderThatIsNoPermutation() {
    refuses(new int[] {1, 3, 0, 3}, ACTIVE, STARTS);
    refuses(new int[] {1, 4, 0, 2}, ACTIVE, STARTS);
    refuses(new int[] {1, -1, 0, 2}, ACTIVE, STARTS);
    refuses(new int[] {1, Integer.MAX_VALUE, 0, 2}, ACTIVE, STARTS);
  }

  @Test
  void refusesExpertsOutOfOrder() {
    refuses(ORDER, new int[] {5, 2}, STARTS);
    refuses(ORDER, new int[] {5, 5}, STARTS);
    refuses(ORDER, new int[] {-1, 5}, STARTS);
    refuses(ORDER, new int[] {2, 5, 6}, STARTS);
  }

  @Test
  void refusesRowsOutOfOrder() {
    refuses(ORDER, ACTIVE, new int[] {0, 5, 4});
    refuses(ORDER, ACTIVE, new int[] {1, 2, 4});
    refuses(ORDER, ACTIVE, new int[] {0, 0, 4});
    refuses(ORDER, ACTIVE, new int[] {0, -1, 4});
    refuses(ORDER, ACTIVE, new int[] {0, 1, 5});
    refuses(ORDER, ACTIVE, new int[] {0, 4});
    refuses(ORDER, ACTIVE, new int[0]);
  }

  private static void refuses(int[] order, int[] active, int[] starts) {
    assertThrows(IllegalArgumentException.class, () -> RoutePlan.of(order, active, starts));
  }

  @Test
  void refusesPlansThatDoNotFitTheLayers() {
    List<List<RoutePlan>> plans = List.of(List.of(RoutePlan.of(ORDER, ACTIVE, STARTS)));
    assertEquals(1, BatchRoutes.of(plans, new int[] {6}).layers());
    for (int[] experts : new int[][] {{5}, {-1}, {Integer.MAX_VALUE}, {}, {6, 6}}) {
      assertThrows(IllegalArgumentException.class, () -> BatchRoutes.of(plans, experts));
    }
  }

  @Test
  void refusesLayersWithoutPlans() {
    assertThrows(IllegalArgumentException.class, () -> BatchRoutes.of(List.of(), new int[] {6, 6}));
    assertEquals(0, BatchRoutes.of(List.of(), new int[0]).layers());
  }

  /** With an entry for each expert it would be 655 MB. */
  @Test
  void takesMemoryForPlansAndNotForNumbersOfExperts() {
    int[] numExperts = new int[5000];
    Arrays.fill(numExperts, Short.MAX_VALUE);
    List<List<RoutePlan>> plans =
        List.of(Collections.nCopies(numExperts.length, RoutePlan.of(ORDER, ACTIVE, STARTS)));
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    BatchRoutes routes = BatchRoutes.of(plans, numExperts);
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < 64 << 20, taken + " bytes were taken");
    assertArrayEquals(numExperts, routes.numExperts());
    assertArrayEquals(ACTIVE, routes.active(4999).toArray());
  }

  @Test
  void knowsTheLastMicroBatchOfEachExpert() {
    RoutePlan first = RoutePlan.of(ORDER, new int[] {2, 5}, STARTS);
    RoutePlan second = RoutePlan.of(ORDER, new int[] {0, 5}, STARTS);
    BatchRoutes routes = BatchRoutes.of(List.of(List.of(first), List.of(second)), new int[] {6});
    int[] last = {1, -1, 0, -1, -1, 1};
    for (int expert = 0; expert < last.length; expert++) {
      for (int microBatch = 0; microBatch < 2; microBatch++) {
        assertEquals(last[expert] == microBatch, routes.isLastUse(microBatch, 0, expert));
      }
    }
    assertArrayEquals(new int[] {0, 2, 5}, routes.active(0).toArray());
  }

  @Test
  void refusesTablesThatCannotBe() {
    short[][] ragged = {{0, 1}, {2}};
    assertThrows(IllegalArgumentException.class, () -> RouteTable.of(ragged, 2));
    assertThrows(IllegalArgumentException.class, () -> RouteTable.of(new short[][] {{0}}, 0));
    assertThrows(IllegalArgumentException.class, () -> RouteTable.of(new short[][] {{-1}}, 2));
  }

  @Test
  void refusesActiveExpertsOutOfOrder() {
    long[][] devices = {{1, 1}};
    for (int[][] experts : new int[][][] {{{3, 2}}, {{2, 2}}, {{-1, 2}}, {{1}}, {}}) {
      assertThrows(IllegalArgumentException.class, () -> new ActiveExperts(experts, devices));
    }
  }

  @Test
  void refusesMicroBatchesWithSegmentsOrLengthsThatCannotBe() {
    int[] two = {0, 1};
    int[] three = {0, 1, 2};
    for (int[] segments : new int[][] {{}, {0}, {1, 2}, {0, 3}, {0, 2, 1, 2}, {0, -1, 2}}) {
      assertThrows(
          IllegalArgumentException.class, () -> new MicroBatch(two, two, two, two, segments));
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> new MicroBatch(two, three, two, two, new int[] {0, 2}));
    assertThrows(
        IllegalArgumentException.class,
        () -> new MicroBatch(two, two, three, two, new int[] {0, 2}));
    assertThrows(
        IllegalArgumentException.class,
        () -> new MicroBatch(two, two, two, three, new int[] {0, 2}));
  }
}
