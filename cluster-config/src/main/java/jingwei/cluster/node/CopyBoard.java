package jingwei.cluster.node;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Where the second copies of the sessions are. Any thread may ask and tell. */
final class CopyBoard {
  private final Map<String, Long> changes = new ConcurrentHashMap<>();
  private final Map<String, State> states = new ConcurrentHashMap<>();

  /**
   * The second copy of a session.
   *
   * @param change the last change of the session that is in the copy
   * @param node address of the node that has it; empty for none
   * @param epoch of its record
   * @param step of its newest checkpoint
   * @param fault why newer changes are not copied; empty if they are, or are about to be
   * @param isPossible whether there is a node that can keep a copy
   */
  record State(long change, String node, long epoch, long step, String fault, boolean isPossible) {
    static final State NONE = new State(0, "", 0, 0, "", true);

    State withFault(String sentence) {
      return new State(change, node, epoch, step, sentence, true);
    }

    /** No node can keep a copy. */
    State lost(String sentence) {
      return new State(change, "", 0, 0, sentence, false);
    }
  }

  /** A session that is to have a copy has changed. */
  void changed(String name) {
    changes.merge(name, 1L, Long::sum);
  }

  /** Number of the newest change of a session. */
  long change(String name) {
    return changes.getOrDefault(name, 0L);
  }

  State state(String name) {
    return states.getOrDefault(name, State.NONE);
  }

  void publish(String name, State state) {
    states.put(name, state);
  }

  /** Whether a change is on two disks, or on as many as possible. */
  boolean isSafe(String name, long change) {
    State state = state(name);
    return state.change >= change || !state.isPossible;
  }

  /** Whether all copies are complete, or cannot be made at the moment. */
  boolean isSettled() {
    return changes.entrySet().stream()
        .allMatch(
            entry ->
                isSafe(entry.getKey(), entry.getValue()) || !state(entry.getKey()).fault.isEmpty());
  }

  /** Adds the keys {@code copies} and {@code copyFault} if a session is to have a copy. */
  void describe(String name, ObjectNode json) {
    State state = state(name);
    if (change(name) == 0 && state.fault.isEmpty()) {
      return;
    }
    ArrayNode copies = json.putArray("copies");
    if (!state.node.isEmpty()) {
      copies
          .addObject()
          .put("address", state.node)
          .put("epoch", state.epoch)
          .put("step", state.step);
    }
    if (!state.fault.isEmpty()) {
      json.put("copyFault", state.fault);
    }
  }
}
