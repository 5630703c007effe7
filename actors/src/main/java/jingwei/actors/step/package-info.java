/**
 * Types that the actors of a step share: references to micro-batches, batches by step, reports of
 * owners, faults to inject.
 */
package jingwei.actors.step;
