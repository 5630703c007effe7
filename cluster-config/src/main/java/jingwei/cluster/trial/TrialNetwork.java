package jingwei.cluster.trial;

import java.util.List;
import jingwei.cluster.settings.HostPort;

/** Where the nodes of a trial listen, and how a node is cut off from the others. */
interface TrialNetwork extends AutoCloseable {
  /**
   * Makes the place of a node.
   *
   * @param number of the node, counted from 1; each is asked for once
   * @return where it is to listen
   */
  HostPort add(int number);

  /** Name of the machine of a node; nodes of one machine share an Aeron driver. */
  String machine(int number);

  /** A command that runs at the place of a node, in the same process. */
  List<String> at(int number, List<String> command);

  /** The node reaches only others that are cut off, too. */
  void cut(int number);

  /** Ends {@link #cut}. */
  void mend(int number);

  /** Removes all places; the nodes have ended. */
  @Override
  void close();
}
