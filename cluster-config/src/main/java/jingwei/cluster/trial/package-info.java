/**
 * Runs a session twice: undisturbed in this process, and on real node processes with faults. The
 * package {@link jingwei.cluster.chaos} judges the result.
 */
package jingwei.cluster.trial;
