package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.step.FaultPlan.Fault;
import jingwei.model.metrics.StepMetrics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Memory does not grow with the number of steps or of sessions. */
@Timeout(240)
class FlatMemoryTest {
  @TempDir Path folder;

  /** Live memory at a step, after full collections. */
  private record Live(long heapBytes, long bufferBytes, long tensorBytes) {
    static Live now(StepMetrics.Memory memory) {
      long least = Long.MAX_VALUE;
      for (int i = 0; i < 4; i++) { // soft references and finalizers take more than one round
        System.gc();
        least = Math.min(least, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      }
      return new Live(
          least, MachineMemory.bufferBytes(), memory.deviceBytes() + memory.hostBytes());
    }
  }

  @Test
  void isFlatOverTwoThousandSteps() {
    List<Live> live = new ArrayList<>();
    RunListener measuring =
        new Silent() {
          @Override
          public void step(StepMetrics metrics, long plannedSteps) {
            if (metrics.step() == 100 || metrics.step() == 2000) {
              live.add(Live.now(metrics.work().memory()));
            }
          }
        };
    new SmallRun(folder, "steps=2000", "checkpoint.every=500", "evaluation.every=500")
        .run("long", null, FaultPlan.none(), () -> false, measuring);
    Live early = live.get(0);
    Live late = live.get(1);
    assertTrue(late.heapBytes < 1.01 * early.heapBytes, early + " -> " + late);
    assertTrue(late.bufferBytes <= 1.01 * early.bufferBytes, early + " -> " + late);
    assertEquals(early.tensorBytes, late.tensorBytes);
    System.out.println("step 100 " + early + ", step 2000 " + late);
  }

  /** Every third session crashes within a step and recovers. */
  @Test
  void isFlatOverTwentySessions() {
    SmallRun small = new SmallRun(folder, "steps=6");
    List<Live> live = new ArrayList<>();
    List<Integer> threads = new ArrayList<>();
    for (int session = 0; session < 20; session++) {
      FaultPlan faults =
          session % 3 == 2
              ? new FaultPlan(List.of(new Fault("blocks.1", 4)), Duration.ZERO)
              : FaultPlan.none();
      small.run("session" + session, null, faults, () -> false, new Silent());
      live.add(Live.now(new StepMetrics.Memory(0, 0, 0, 0)));
      threads.add(Thread.activeCount());
    }
    // After class loading. A thread of a session that has ended may live for a moment and hold some
    // objects of it, so the least of a few sessions counts: what leaks is in each of them.
    Live early = least(live.subList(6, 10));
    Live late = least(live.subList(16, 20));
    assertTrue(late.heapBytes < 1.01 * early.heapBytes, live.toString());
    assertTrue(late.bufferBytes <= 1.01 * early.bufferBytes, live.toString());
    assertTrue(threads.get(19) <= threads.get(9), threads.toString());
    System.out.println("session 10 " + early + ", session 20 " + late);
  }

  private static Live least(List<Live> sessions) {
    return new Live(
        sessions.stream().mapToLong(Live::heapBytes).min().orElseThrow(),
        sessions.stream().mapToLong(Live::bufferBytes).min().orElseThrow(),
        sessions.stream().mapToLong(Live::tensorBytes).min().orElseThrow());
  }

  private static class Silent implements RunListener {
    @Override
    public void note(String sentence) {}

    @Override
    public void step(StepMetrics metrics, long plannedSteps) {}
  }
}
