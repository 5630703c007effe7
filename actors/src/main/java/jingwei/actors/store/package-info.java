/**
 * The memory of a host: its experts with their moments, the gradients that devices send, and the
 * sparse optimizer.
 */
package jingwei.actors.store;
