/** What nodes in processes of their own, messages between nodes, and a fixed order of sums cost. */
package jingwei.bench.cluster;
