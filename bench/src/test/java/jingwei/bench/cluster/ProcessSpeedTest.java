package jingwei.bench.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class ProcessSpeedTest {
  @Test
  void tensorsGoThroughSharedMemoryOnOneMachineAndByUdpBetweenTwo() {
    assertEquals(1, new HashSet<>(ProcessSpeed.machines(ProcessSpeed.IPC)).size());
    assertEquals(2, new HashSet<>(ProcessSpeed.machines(ProcessSpeed.UDP)).size());
  }
}
