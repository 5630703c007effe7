/**
 * Reads and fills the states of owners by message, one owner at a time. Checkpoints and restarts
 * use this, so nobody reads memory that belongs to an actor.
 */
package jingwei.actors.state;
