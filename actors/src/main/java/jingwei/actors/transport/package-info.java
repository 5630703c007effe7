/**
 * How the bytes of tensors get from the buffer of one actor into the buffer of another.
 *
 * <p>A message names a tensor ({@link jingwei.actors.transport.TensorRef}); the two owners lend
 * their buffers to the node ({@link jingwei.actors.transport.BufferLoans}) and ask its {@link
 * jingwei.actors.transport.TensorTransport}, which owns the one thread that touches them:
 *
 * <pre>
 * sender   -- lendSource,      Send    --> TensorTransport --> transport thread: source -> log
 * receiver -- lendDestination, Receive --> TensorTransport --> transport thread: log -> destination
 * </pre>
 *
 * <p>A tensor travels in parts, each with a small header. Tensors leave in the order in which they
 * were sent. The log is one queue: a tensor without a receiver holds up those behind it until its
 * deadline, so ask for a tensor before it is sent, or at the same time.
 */
package jingwei.actors.transport;
