/**
 * The buffers in which an expert's weights and gradient travel between store and device, and what
 * becomes of them where both are one memory.
 */
package jingwei.actors.buffer;
