package jingwei.cluster.chaos;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A line of {@code epochs.jsonl}, the history of a session. Lines are only ever appended, also by
 * later leaders and when the session goes back to a checkpoint. The component names are the JSON
 * keys; {@code millis} is wall-clock time in milliseconds since 1970.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "event")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EpochLine.Begin.class, name = "begin"),
  @JsonSubTypes.Type(value = EpochLine.Commit.class, name = "commit"),
  @JsonSubTypes.Type(value = EpochLine.Checkpoint.class, name = "checkpoint"),
  @JsonSubTypes.Type(value = EpochLine.Fault.class, name = "fault"),
  @JsonSubTypes.Type(value = EpochLine.End.class, name = "end")
})
public sealed interface EpochLine {
  /** The number of the epoch; a later one has a higher number. */
  long epoch();

  /** When the line was written. */
  long millis();

  /**
   * A leader begins an epoch.
   *
   * @param leader address of the node that leads
   * @param from the epoch goes on after this step; 0 for a new session
   * @param members all nodes that take part
   */
  record Begin(long epoch, String leader, long from, List<Member> members, long millis)
      implements EpochLine {
    public Begin {
      members = List.copyOf(members);
    }
  }

  /**
   * A node of an epoch.
   *
   * @param replicas the replicas that it computes
   * @param experts number of experts that it keeps
   * @param firstExpert true if the first expert of the model is among them
   * @param stages dense stages that it owns
   */
  record Member(
      String address,
      List<Integer> replicas,
      int experts,
      boolean firstExpert,
      List<Integer> stages) {
    public Member {
      replicas = List.copyOf(replicas);
      stages = List.copyOf(stages);
    }
  }

  /**
   * A step is committed.
   *
   * @param batch id of the batch
   * @param documents ids of the documents in the batch, whole or in part
   * @param experts number of updates of each activated expert after the step
   * @param applied false if the step was refused and changed no weight
   */
  record Commit(
      long epoch,
      long step,
      String batch,
      List<String> documents,
      SortedMap<String, Long> experts,
      boolean applied,
      long millis)
      implements EpochLine {
    public Commit {
      documents = List.copyOf(documents);
      experts = Collections.unmodifiableSortedMap(new TreeMap<>(experts));
    }
  }

  /**
   * A checkpoint is complete.
   *
   * @param name of its folder
   */
  record Checkpoint(long epoch, long step, String name, long millis) implements EpochLine {}

  /**
   * A leader noticed a fault.
   *
   * @param epoch the epoch that the fault ended
   * @param what a sentence part; names the address of the node if it is known
   */
  record Fault(long epoch, String what, long millis) implements EpochLine {}

  /**
   * The session has ended.
   *
   * @param step its last step
   */
  record End(long epoch, long step, long millis) implements EpochLine {}
}
