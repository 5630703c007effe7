/**
 * The words that the actors of a step share: micro-batches on their way, batches by step, and what
 * an owner reports.
 */
package jingwei.actors.step;
