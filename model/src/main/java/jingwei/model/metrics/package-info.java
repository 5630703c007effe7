/** Metrics of a run, step by step: JSON lines for scripts, event files for TensorBoard. */
package jingwei.model.metrics;
