/**
 * Types that the actors of a step share: references to micro-batches, batches by step, reports of
 * owners, faults to inject. {@link jingwei.actors.step.Incarnation} tells messages of a session
 * from stray ones.
 */
package jingwei.actors.step;
