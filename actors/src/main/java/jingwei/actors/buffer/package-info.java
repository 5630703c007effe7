/**
 * The buffers in which an expert's weights and gradient move between store and device: by copy, or
 * by exchange if both share one memory space.
 */
package jingwei.actors.buffer;
