package jingwei.bench.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jingwei.bench.cluster.Row.Figures;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.step.SumOrder;
import org.junit.jupiter.api.Test;

class TrafficTest {
  /** The weights and the gradients of experts; the only device owns all dense stages. */
  @Test
  void countsEveryTensorBetweenADeviceAndAHost() {
    Figures figures = Traffic.count(1, 2).figures();
    Decoder decoder = new Decoder(SmallWork.of(1, SumOrder.FIXED).shape());
    long experts =
        decoder.owners().stream()
            .filter(Owner::isExpert)
            .mapToLong(owner -> owner.layout().length())
            .sum();
    double all = 2.0 * Float.BYTES * experts;
    assertEquals(all, figures.tensorBytes(), all / 2, "prefetches cross the ends of the count");
    assertTrue(figures.messages() > 2 * 96, "two messages or more for each expert: " + figures);
    assertTrue(figures.messageBytes() > 0);
  }
}
