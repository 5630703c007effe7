/**
 * Who owns which state and who may ask: experts, dense stages, parameter stores, the device
 * scheduler and the transport of tensors between them. Nothing in here computes longer than a call
 * into {@code jingwei.model}.
 */
package jingwei.actors;
