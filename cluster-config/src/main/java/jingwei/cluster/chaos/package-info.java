/**
 * Checks that a session survives faults: the plan of faults, the history that a session writes, the
 * rules that a history has to keep, and the verdict. Everything but {@link
 * jingwei.cluster.chaos.EpochLog} is pure.
 */
package jingwei.cluster.chaos;
