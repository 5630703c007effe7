/** A training run: its data, its folder, its files, its loop, and how it recovers from a fault. */
package jingwei.cluster.session;
