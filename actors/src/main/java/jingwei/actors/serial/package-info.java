/**
 * How messages travel between nodes: as CBOR, written by Jackson. By {@code jingwei-nodes.conf},
 * only messages that belong to a session can be sent or received.
 */
package jingwei.actors.serial;
