/**
 * What is computed: memory and kernels, layers, route tables, optimizers, text, checkpoints and the
 * single-threaded reference trainer. No class here knows an actor, a thread, a clock or the
 * network; time and randomness are parameters.
 */
package jingwei.model;
