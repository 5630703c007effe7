package jingwei.model.decoder;

/**
 * How many weights a shape has, from formulas alone, so that shapes that fit no machine can be
 * counted.
 *
 * @param dense weights that every token uses
 * @param perExpert weights of one expert
 * @param experts number of experts
 * @param active weights that one token uses: dense ones and one expert a routed block
 * @param total all of them
 */
public record ParameterCount(long dense, long perExpert, long experts, long active, long total) {

  public static ParameterCount of(DecoderShape shape) {
    long d = shape.width();
    long f = shape.innerWidth();
    long norm = 2 * d;
    long feedForward = d * f + f + f * d + d;
    long attention = norm + 4 * (d * d + d);
    long denseBlock = attention + norm + feedForward;
    long routedBlock = attention + norm;
    long dense = (shape.vocabulary() + (long) shape.context()) * d + norm;
    dense += shape.denseBlocks() * denseBlock + shape.routedBlocks() * routedBlock;
    dense += shape.queryLayer() ? denseBlock + shape.context() * d : 0;
    long experts = (long) shape.routedBlocks() * shape.expertsPerBlock();
    long active = dense + shape.routedBlocks() * feedForward;
    return new ParameterCount(dense, feedForward, experts, active, dense + experts * feedForward);
  }
}
