package jingwei.model.decoder;

import java.util.Arrays;
import jingwei.model.UserException;

/**
 * Number of weights of a shape, from formulas alone. It also works for shapes that fit no machine.
 *
 * @param dense weights that every token uses
 * @param perExpert weights of one expert
 * @param experts number of experts
 * @param active weights that one token uses: the dense ones and one expert in each routed block
 * @param total all of them
 */
public record ParameterCount(long dense, long perExpert, long experts, long active, long total) {

  /**
   * @throws UserException if the number exceeds a long
   */
  public static ParameterCount of(DecoderShape shape) {
    try {
      return exact(shape);
    } catch (ArithmeticException e) {
      throw new UserException(
          "A model of width %d, inner width %d and %d blocks has more weights than can be counted; choose a smaller one."
              .formatted(shape.width(), shape.innerWidth(), shape.blocks()),
          e);
    }
  }

  private static ParameterCount exact(DecoderShape shape) {
    long d = shape.width();
    long f = shape.innerWidth();
    long norm = 2 * d;
    long feedForward = sum(product(2, d, f), f, d);
    long attention = sum(norm, product(4, sum(product(d, d), d)));
    long denseBlock = sum(attention, norm, feedForward);
    long routedBlock = sum(attention, norm);
    long dense =
        sum(
            product(shape.vocabulary() + (long) shape.context(), d),
            norm,
            product(shape.denseBlocks(), denseBlock),
            product(shape.routedBlocks(), routedBlock),
            shape.queryLayer() ? sum(denseBlock, product(shape.context(), d)) : 0);
    long experts = product(shape.routedBlocks(), shape.expertsPerBlock());
    long active = sum(dense, product(shape.routedBlocks(), feedForward));
    long total = sum(dense, product(experts, feedForward));
    return new ParameterCount(dense, feedForward, experts, active, total);
  }

  private static long product(long... factors) {
    return Arrays.stream(factors).reduce(1, Math::multiplyExact);
  }

  private static long sum(long... parts) {
    return Arrays.stream(parts).reduce(0, Math::addExact);
  }
}
