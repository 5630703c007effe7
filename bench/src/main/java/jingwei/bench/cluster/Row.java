package jingwei.bench.cluster;

/**
 * What was measured of one layout in one round.
 *
 * @param name of the layout
 * @param round counted from 1
 */
record Row(String name, int round, Layout layout, Figures figures) {

  /**
   * Where the actors are.
   *
   * @param devices nodes that compute
   * @param hosts nodes that keep experts; 0 if the one node is both
   * @param channel how tensors move: {@code ipc} through shared memory, or {@code udp}
   */
  record Layout(int devices, int hosts, String channel) {}

  /**
   * The figures.
   *
   * @param tokensPerSecond trained
   * @param messages between nodes in a step; below zero if they were not counted
   * @param messageBytes of these messages in a step
   * @param tensorBytes that Aeron carries in a step
   */
  record Figures(double tokensPerSecond, double messages, double messageBytes, double tensorBytes) {
    /** Figures of a run whose messages are not counted. */
    static Figures uncounted(double tokensPerSecond, double tensorBytes) {
      return new Figures(tokensPerSecond, -1, 0, tensorBytes);
    }

    boolean areCounted() {
      return messages >= 0;
    }

    double bytes() {
      return messageBytes + tensorBytes;
    }
  }
}
