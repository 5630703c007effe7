/**
 * A node of a session: its transport, and the actors of the roles that the placement gives it,
 * device or host or both. {@link jingwei.actors.node.NodeGuardian} starts them, connects them with
 * the other nodes, and reports what fails.
 */
package jingwei.actors.node;
