package jingwei.actors.step;

/**
 * A micro-batch on its way through a device. The actor that received it may use its activation
 * buffers until it sends the micro-batch on.
 *
 * @param step of the run; below zero for an evaluation, which has no backward
 * @param index within the batch of the step
 * @param replica logical replica that it belongs to
 * @param buffers index of its activation buffers on the device
 */
public record MicroBatchRef(long step, int index, int replica, int buffers) {
  /** True in a training step, false in an evaluation. */
  public boolean isTraining() {
    return step > 0;
  }

  @Override
  public String toString() {
    return "micro-batch %d of %s".formatted(index, isTraining() ? "step " + step : "an evaluation");
  }
}
