package jingwei.bench.ecss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.decoder.DecoderShape;
import org.junit.jupiter.api.Test;

class WorkTest {
  /** The preset is what the ladder trains, but for the number of domains. */
  @Test
  void theShapeIsThatOfThePreset() {
    RunSettings preset = RunSettings.of(Configuration.resolve("ecss", null, List.of()));
    DecoderShape shape = preset.model().shape();
    assertEquals(shape, Work.shape(shape.domains()));
    assertEquals(preset.batch().rows(), Work.ROWS);
  }
}
