/** What every node of a run knows: an immutable plan, sent once, and what follows from it. */
package jingwei.actors.plan;
