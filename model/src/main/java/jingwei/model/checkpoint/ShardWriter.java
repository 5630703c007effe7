package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import jingwei.model.decoder.Owner;
import jingwei.model.disk.WrittenFile;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerState;
import jingwei.model.state.StateSource;
import jingwei.model.state.WeightHistory;

/**
 * Writes the files of one shard side by side: weights, moments and older versions. So the state of
 * each owner is asked for once, and one state is held at a time.
 */
final class ShardWriter {
  private final StateSource states;
  private final SequencedMap<Integer, OwnerClock> clocks;
  private final Map<String, TensorEntry> weights = new LinkedHashMap<>();
  private final Map<String, TensorEntry> moments = new LinkedHashMap<>();
  private final Map<String, TensorEntry> versions = new LinkedHashMap<>();

  /**
   * @param clocks of the shard's owners, by index, in the order in which they are stored
   */
  ShardWriter(StateSource states, SequencedMap<Integer, OwnerClock> clocks) {
    this.states = states;
    this.clocks = clocks;
    ElementType type = states.type();
    clocks.forEach(
        (index, clock) -> {
          Owner owner = states.decoder().owners().get(index);
          Shards.putAll(weights, owner, type, "");
          Shards.putAll(moments, owner, type, Shards.FIRST_MOMENT);
          Shards.putAll(moments, owner, type, Shards.SECOND_MOMENT);
          for (long madeBy : clock.older()) {
            Shards.putAll(versions, owner, type, Shards.versionSuffix(madeBy));
          }
        });
  }

  /**
   * Writes the files and forces them to disk. There is a file of older versions only if an owner
   * has one.
   *
   * @return the files by name
   */
  SequencedMap<String, WrittenFile> write(Path folder, String shard) throws IOException {
    String weightsFile = Shards.weightsFile(shard);
    String momentsFile = Shards.momentsFile(shard);
    String versionsFile = Shards.versionsFile(shard);
    try (SafetensorsWriter toWeights = new SafetensorsWriter(folder.resolve(weightsFile), weights);
        SafetensorsWriter toMoments = new SafetensorsWriter(folder.resolve(momentsFile), moments);
        SafetensorsWriter toVersions =
            versions.isEmpty()
                ? null
                : new SafetensorsWriter(folder.resolve(versionsFile), versions)) {
      for (int owner : clocks.sequencedKeySet()) {
        WeightHistory history = state(owner);
        OwnerState state = history.state();
        append(toWeights, state.weights());
        append(toMoments, state.firstMoment());
        append(toMoments, state.secondMoment());
        for (WeightHistory.Version older : history.older()) {
          append(toVersions, older.weights());
        }
      }
      SequencedMap<String, WrittenFile> files = new LinkedHashMap<>();
      files.put(weightsFile, toWeights.finish());
      files.put(momentsFile, toMoments.finish());
      if (toVersions != null) {
        files.put(versionsFile, toVersions.finish());
      }
      return files;
    }
  }

  /** The state of an owner, which must not have changed since its counts were asked for. */
  private WeightHistory state(int owner) {
    WeightHistory history = states.of(owner);
    if (!history.clock().equals(clocks.get(owner))) {
      throw new IllegalStateException(
          "owner=%s was at %s and is at %s"
              .formatted(history.state().owner().name(), clocks.get(owner), history.clock()));
    }
    return history;
  }

  private static void append(SafetensorsWriter writer, ParameterSet values) throws IOException {
    for (int i = 0; i < values.layout().parameters().size(); i++) {
      writer.append(values.get(i).segment());
    }
  }
}
