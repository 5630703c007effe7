/**
 * Training sessions. The actors of a session start the nodes, and open and commit steps. A caller
 * drives a trainer, which works through actors or in the calling thread.
 */
package jingwei.actors.train;
