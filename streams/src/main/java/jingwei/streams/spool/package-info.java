/** Rows from a live source, on disk before anybody uses them. */
package jingwei.streams.spool;
