/**
 * Moves the bytes of tensors from the buffer of one actor to the buffer of another.
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
 * <p>A tensor moves in parts, each with a small header. Tensors move in the order in which they
 * were sent. The log is one queue: a tensor without a receiver blocks the tensors behind it until
 * its deadline. So ask for a tensor before it is sent, or at the same time.
 */
package jingwei.actors.transport;
