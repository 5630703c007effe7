/**
 * The command line: one class a command; what they print on standard output is for scripts and
 * results, the rest goes to standard error.
 */
package jingwei.cluster.cli;
