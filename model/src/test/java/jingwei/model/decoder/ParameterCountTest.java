package jingwei.model.decoder;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ParameterCountTest {
  @Test
  void countsWhatTheLayoutsHold() {
    for (boolean query : new boolean[] {true, false}) {
      DecoderShape shape =
          new DecoderShape(
              50,
              16,
              new DecoderShape.Sizes(24, 3, 40),
              new DecoderShape.Stack(2, 2, query),
              new DecoderShape.Experts(3, 4));
      long held =
          new Decoder(shape).owners().stream().mapToLong(owner -> owner.layout().count()).sum();
      assertEquals(held, ParameterCount.of(shape).total());
    }
  }

  /**
   * Reference notes, section 2.2: 41 layers give 1,085.3 B, one expert 209.74 M, PanGu-alpha 13.12
   * B.
   */
  @Test
  void findsThePublishedSizes() {
    DecoderShape sigma =
        new DecoderShape(
            40_000,
            1024,
            new DecoderShape.Sizes(5120, 40, 20_480),
            new DecoderShape.Stack(32, 8, true),
            new DecoderShape.Experts(40, 16));
    assertEquals(1.0853e12, (double) ParameterCount.of(sigma).total(), 0.0001e12);
    assertEquals(209.74e6, (double) ParameterCount.of(sigma).perExpert(), 0.01e6);
    DecoderShape alpha =
        new DecoderShape(
            40_000,
            1024,
            new DecoderShape.Sizes(5120, 40, 20_480),
            new DecoderShape.Stack(40, 0, true),
            DecoderShape.Experts.NONE);
    assertEquals(13.12e9, (double) ParameterCount.of(alpha).total(), 0.01e9);
  }
}
