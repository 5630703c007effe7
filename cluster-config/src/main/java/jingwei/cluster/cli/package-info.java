/**
 * The command line, with one class per command. Results go to standard output, everything else to
 * standard error.
 */
package jingwei.cluster.cli;
