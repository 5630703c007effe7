package jingwei.actors.step;

/**
 * A micro-batch on its way through the device. The actor that it is sent to has its frame until it
 * sends it on.
 *
 * @param step of the run; below zero for an evaluation, which has no backward
 * @param index within the step
 * @param count micro-batches of the step
 * @param replica logical replica that it belongs to
 * @param frame of the device that holds its activations
 */
public record MicroBatchRef(long step, int index, int count, int replica, int frame) {
  public boolean isTraining() {
    return step > 0;
  }

  public boolean isLast() {
    return index == count - 1;
  }

  @Override
  public String toString() {
    return "micro-batch %d of %s".formatted(index, isTraining() ? "step " + step : "an evaluation");
  }
}
