/** What every node of a run knows: an immutable plan, which is sent once. */
package jingwei.actors.plan;
