package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.model.UserException;
import org.junit.jupiter.api.Test;

class LadderMemoryTest {
  @Test
  void aMachineThatIsTooSmallIsToldSo() {
    LadderMemory.refuseLessThan(1000, 1000);
    UserException refusal =
        assertThrows(UserException.class, () -> LadderMemory.refuseLessThan(1000, 999));
    assertTrue(refusal.getMessage().contains("999"), refusal.getMessage());
  }
}
