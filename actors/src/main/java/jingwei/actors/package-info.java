/**
 * Actors and the state that each of them owns: experts, dense stages, parameter stores, the device
 * scheduler and the transport of tensors between them. An actor handles a message for no longer
 * than a call into {@code jingwei.model} takes.
 */
package jingwei.actors;
