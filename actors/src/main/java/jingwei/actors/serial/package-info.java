/**
 * How messages travel between nodes: as CBOR, written by Jackson. The file {@code
 * jingwei-nodes.conf} lists the protocols that may travel; no other message can be sent or
 * received.
 */
package jingwei.actors.serial;
