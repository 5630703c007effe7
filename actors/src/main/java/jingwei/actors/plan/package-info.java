/**
 * What every node of a run knows: an immutable plan, which is sent once, and what follows from it.
 */
package jingwei.actors.plan;
