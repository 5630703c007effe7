/**
 * Copies of sessions on the disk of a second node: what a folder holds, how another node reads it
 * in parts, and how a copy becomes visible only when it is complete.
 */
package jingwei.cluster.copy;
