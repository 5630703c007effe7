/**
 * Actors and the state that each of them owns: experts, dense stages and their owners, parameter
 * stores, the device scheduler, the transport of tensors, training sessions; and what sessions need
 * to start: plans of work and memory, workers, settings. The actors of different nodes share
 * nothing but messages and tensors. An actor handles a message for no longer than a call into
 * {@code jingwei.model} takes.
 */
package jingwei.actors;
