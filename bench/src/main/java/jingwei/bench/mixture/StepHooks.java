package jingwei.bench.mixture;

import jingwei.model.decoder.Workspace;

/** What happens with experts while a step computes. */
interface StepHooks {
  /** The experts of a layer are known and will compute; called before the first one does. */
  default void beforeForward(int layer, ActiveExperts active) {}

  /** The gradients of a layer's experts are complete. */
  default void afterBackward(int layer, ActiveExperts active) {}

  /** A worker may do other work for a moment, since no worker waits for it. */
  default void betweenStages(Workspace workspace) {}
}
