/** A run on the reference trainer: its data, its folder, its loop, and what it reports. */
package jingwei.cluster.session;
