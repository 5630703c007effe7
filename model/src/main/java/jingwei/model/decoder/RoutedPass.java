package jingwei.model.decoder;

import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;

/**
 * The pass through a stage with experts, open between its steps for a trainer whose routes depend
 * on activations (a learned gate). {@link #forward} is {@link #normalise} and {@link #dispatch}.
 * Each call reads the routes from the list that {@link ActivationBuffers#begin} was given, so they
 * may be set after {@link #normalise}.
 */
public interface RoutedPass extends StagePass {
  /** The forward before the routes are needed: fills {@link #normed}. */
  void normalise(Workspace workspace, ParameterSet weights);

  /** The input of the experts before it is sorted, in token order, [N, D]. */
  Matrix normed();

  /** Fills {@link #sorted} by the routes. */
  void dispatch(Workspace workspace);

  /** The inputs of the experts, sorted by expert, [N, D]. */
  Matrix sorted();

  /**
   * The outputs of the experts, sorted by expert, [N, D]. From {@link #dispatchGradient} on, the
   * gradients of those outputs, which each expert replaces by the gradients of its inputs.
   */
  Matrix exchanged();

  /** The gradient of the output of the stage until {@link #inputGradient}, [N, D]. */
  Matrix gradient();
}
