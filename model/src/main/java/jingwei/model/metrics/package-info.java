/**
 * What a run tells about itself, step by step: JSON lines for scripts, event files for TensorBoard.
 */
package jingwei.model.metrics;
