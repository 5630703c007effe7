package jingwei.cluster.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.session.SmallRun.Heard;
import jingwei.model.UserException;
import jingwei.model.kernel.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code precision = bf16} gives the same guarantees as fp32, or a clear error. */
@Timeout(120)
class PrecisionTest {
  private static final long STEPS = 40;

  @TempDir Path folder;

  @Test
  void trainsInBf16AsInFp32OrReportsWhatIsMissing() {
    SmallRun half = new SmallRun(folder, "steps=" + STEPS, "precision=bf16");
    if (!Precision.BF16.isHere()) {
      UserException refused =
          assertThrows(UserException.class, () -> half.run("half", FaultPlan.none()));
      assertTrue(refused.getMessage().contains("leave it at fp32"), refused.getMessage());
      return;
    }
    SmallRun reference =
        new SmallRun(folder, "steps=" + STEPS, "precision=bf16", "trainer=reference");
    SmallRun single = new SmallRun(folder, "steps=" + STEPS);
    Heard losses = half.run("half", FaultPlan.none());
    assertEquals(reference.run("reference", FaultPlan.none()).losses, losses.losses);
    assertEquals(reference.weights("reference"), half.weights("half"));
    Heard exact = single.run("single", FaultPlan.none());
    assertNotEquals(exact.losses, losses.losses);
    for (long step = 1; step <= 15; step++) {
      double loss = exact.losses.get(step);
      assertEquals(loss, losses.losses.get(step), 1e-3 * loss, "step " + step);
    }
    assertEquals(meanOfLastHalf(exact), meanOfLastHalf(losses), 0.01 * meanOfLastHalf(exact));
    assertTrue(half.latest("half").run().kernels().endsWith("bf16"));
  }

  /** Later steps differ in detail but converge alike. */
  private static double meanOfLastHalf(Heard heard) {
    return heard.losses.entrySet().stream()
        .filter(entry -> entry.getKey() > STEPS / 2)
        .mapToDouble(Map.Entry::getValue)
        .average()
        .orElseThrow();
  }
}
