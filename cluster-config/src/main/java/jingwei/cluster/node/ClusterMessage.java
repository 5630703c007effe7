package jingwei.cluster.node;

/** A message between nodes of a cluster, or between a client and a node; written as CBOR. */
public interface ClusterMessage {}
