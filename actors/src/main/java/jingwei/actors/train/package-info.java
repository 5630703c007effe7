/**
 * Training sessions: the actors of a session, which step is open, when a step is committed; and the
 * trainers that a caller drives, through actors or in the calling thread.
 */
package jingwei.actors.train;
