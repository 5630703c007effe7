/** A training session: who takes part, which step is open, when a step is committed. */
package jingwei.actors.train;
