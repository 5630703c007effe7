/** Rows from a live source, written to disk before they are used. */
package jingwei.streams.spool;
