/**
 * Layers with explicit forward and backward.
 *
 * <p>Three kinds of objects are separate. A layer knows shapes and formulas and holds no values.
 * Weights and gradients are {@link jingwei.model.layer.ParameterSet}s of the layer's {@link
 * jingwei.model.layer.ParameterLayout}. The caller keeps activations between forward and backward.
 * Names of parameters are {@code <owner>.<layer>.<part>}.
 *
 * <p>Letters in names of shapes: N tokens of a micro-batch, D model width, F inner width of the
 * feed-forward, H heads, V vocabulary, P positions.
 */
package jingwei.model.layer;
