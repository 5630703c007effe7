/**
 * The buffers in which an expert's weights and gradient move between store and device, by copy or,
 * if both share one memory, by exchange.
 */
package jingwei.actors.buffer;
