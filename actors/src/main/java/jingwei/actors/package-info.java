/**
 * Actors and the state that each of them owns: experts, dense stages, parameter stores, the device
 * scheduler, the transport of tensors, training sessions; and what sessions need to start: memory
 * planning, workers, settings. An actor handles a message for no longer than a call into {@code
 * jingwei.model} takes.
 */
package jingwei.actors;
