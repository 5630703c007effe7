/** Rows from standard input or another source, written to disk before they are used. */
package jingwei.streams.spool;
