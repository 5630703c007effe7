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
 * <p>A tensor moves in parts, each with a small header. Tensors to one node move in the order in
 * which they were sent; tensors to different nodes do not wait for each other. The receiver asks
 * first: it lends its destination and asks its transport, and only then lets the sender send. So a
 * tensor that nobody has asked for is skipped at once, and blocks none behind it.
 *
 * <p>A node that is alone runs Aeron's driver on the thread of its transport. Several nodes of a
 * process share a {@link jingwei.actors.transport.MachineDriver}. Nodes in processes of their own
 * share the driver process of their machine, which {@link jingwei.actors.transport.SharedDriver}
 * finds or starts; nodes of different machines exchange tensors by UDP. Each node has one inbox,
 * and a log from every node that sends to it.
 */
package jingwei.actors.transport;
