package jingwei.actors.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Workspace;
import jingwei.model.kernel.VectorKernels;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LanePoolTest {
  private final NativeMemory memory = NativeMemory.unbounded("test");

  @AfterEach
  void close() {
    memory.close();
  }

  @Test
  void givesEveryoneALaneOfHisOwn() {
    LanePool lanes = pool(2);
    assertEquals(2, lanes.lanes());
    lanes.run(one -> lanes.run(other -> assertNotSame(one, other)));
  }

  @Test
  void refusesMoreWorkThanThereAreLanes() {
    LanePool lanes = pool(1);
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> lanes.run(one -> lanes.run(two -> {})));
    assertTrue(refused.getMessage().contains("lanes=1"), refused.getMessage());
  }

  @Test
  void takesALaneBackFromWorkThatFails() {
    LanePool lanes = pool(1);
    List<Workspace> used = new ArrayList<>();
    assertThrows(
        IllegalArgumentException.class,
        () ->
            lanes.run(
                lane -> {
                  used.add(lane);
                  throw new IllegalArgumentException();
                }));
    lanes.run(lane -> assertSame(used.getFirst(), lane));
  }

  @Test
  void addsUpTheTimeInUse() {
    LanePool lanes = pool(1);
    assertEquals(0, lanes.busyNanos());
    long[] inside = new long[1];
    lanes.run(
        lane -> {
          long start = System.nanoTime();
          do {
            inside[0] = System.nanoTime() - start;
          } while (inside[0] == 0);
        });
    assertTrue(lanes.busyNanos() >= inside[0], lanes.busyNanos() + " < " + inside[0]);
  }

  @Test
  void remembersHowManyWaitedAtOnceUntilItIsAsked() {
    LanePool lanes = pool(1);
    lanes.sent();
    lanes.sent();
    lanes.sent();
    lanes.taken();
    lanes.taken();
    assertEquals(3, lanes.takeMostWaiting());
    assertEquals(1, lanes.takeMostWaiting());
    lanes.sent();
    assertEquals(2, lanes.takeMostWaiting());
  }

  private LanePool pool(int lanes) {
    Decoder decoder = new Decoder(new DecoderShape(8, 4, 4, 1, 4, 1, 0, 0, 0, false));
    List<Workspace> workspaces = new ArrayList<>();
    for (int i = 0; i < lanes; i++) {
      workspaces.add(
          new Workspace(decoder, new VectorKernels(memory), ElementType.FLOAT32, 4, memory));
    }
    return new LanePool(workspaces, new Progress());
  }
}
