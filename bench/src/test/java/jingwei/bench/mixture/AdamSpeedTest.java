package jingwei.bench.mixture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.reference.TinyRun;
import org.junit.jupiter.api.Test;

class AdamSpeedTest {
  @Test
  void leavesTheWeightsAsTheyAre() {
    Decoder decoder = new Decoder(TinyRun.SHAPE);
    try (ExpertStates states = new ExpertStates(decoder, ElementType.FLOAT32, "store");
        AdamSpeed speed = new AdamSpeed(TinyMixture.mixture(TinyMixture.UNCLIPPED), states, 2)) {
      states.initialise(1);
      int before = TinyRun.checksum(states.weights(7).flat());
      assertTrue(speed.adamSeconds() > 0);
      assertTrue(speed.passSeconds() > 0);
      assertEquals(before, TinyRun.checksum(states.weights(7).flat()));
      assertEquals(7 * 4 * 8 * states.weights(0).flat().size(), speed.bytes());
    }
  }
}
