package jingwei.cluster.copy;

/** A message between two nodes of which one copies files of the other; written as CBOR. */
public interface CopyMessage {}
