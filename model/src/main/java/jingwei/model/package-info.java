/**
 * What is computed: memory and kernels, layers, the decoder, route tables, batches, the rules of a
 * step, optimizers, text, checkpoints, inference and the single-threaded reference trainer. No
 * class here knows an actor, a thread, a clock or the network; time and randomness are parameters.
 */
package jingwei.model;
