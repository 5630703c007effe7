/**
 * What is computed: memory and kernels, layers, route tables, optimizers, text, checkpoints and the
 * single-threaded reference trainer. Nothing in here knows an actor, a thread, a clock or the
 * network; time and randomness come in as parameters.
 */
package jingwei.model;
