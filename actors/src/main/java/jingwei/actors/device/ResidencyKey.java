package jingwei.actors.device;

/**
 * Names one residency: an expert's time on the device for one step.
 *
 * @param owner index of the expert among the decoder's owners
 * @param step as in {@link jingwei.actors.step.MicroBatchRef#step()}
 */
public record ResidencyKey(int owner, long step) {}
