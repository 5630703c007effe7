package jingwei.model.checkpoint;

import java.util.List;
import jingwei.model.UserException;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.memory.ElementType;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/** The states of all owners in the files of a checkpoint. */
final class StoredStates {
  private final CheckpointFiles files;
  private final ElementType type;
  private final Decoder decoder;

  /**
   * Checks the files against the shape: first their total size, before anything is built per block
   * and expert, then each tensor.
   *
   * @throws CheckpointException if a state is missing or damaged
   */
  StoredStates(CheckpointFiles files) {
    this.files = files;
    this.type = files.manifest().model().elementType();
    refuseTooFewBytes();
    this.decoder = new Decoder(files.manifest().shape());
    Shards.of(decoder).forEach(this::requireTensors);
  }

  Decoder decoder() {
    return decoder;
  }

  /** The counts of an owner, by its index. */
  OwnerClock clock(int owner) {
    return clock(decoder.owners().get(owner));
  }

  /**
   * Reads the state of an owner.
   *
   * @param into a state of this owner
   */
  void read(int owner, WeightHistory into) {
    Owner named = decoder.owners().get(owner);
    String shard = Shards.shard(decoder.shape(), named);
    into.setClock(clock(named));
    OwnerState state = into.state();
    Shards.readAll(files.tensors(Shards.weightsFile(shard)), named, state.weights(), "");
    SafetensorsReader moments = files.tensors(Shards.momentsFile(shard));
    Shards.readAll(moments, named, state.firstMoment(), Shards.FIRST_MOMENT);
    Shards.readAll(moments, named, state.secondMoment(), Shards.SECOND_MOMENT);
    for (WeightHistory.Version older : into.older()) {
      Shards.readAll(
          files.tensors(Shards.versionsFile(shard)),
          named,
          older.weights(),
          Shards.versionSuffix(older.madeBy()));
    }
  }

  private void refuseTooFewBytes() {
    long bytes = files.bytes();
    long weights = countWeights();
    if (weights > bytes / type.bytes() / 3) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST),
          "describes a model of %,d weights, but its files have only %,d bytes"
              .formatted(weights, bytes));
    }
  }

  private long countWeights() {
    try {
      return ParameterCount.of(files.manifest().shape()).total();
    } catch (UserException e) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST), "describes an impossible model", e);
    }
  }

  private void requireTensors(String shard, List<Integer> owners) {
    SafetensorsReader weights = files.tensors(Shards.weightsFile(shard));
    SafetensorsReader moments = files.tensors(Shards.momentsFile(shard));
    String versionsFile = Shards.versionsFile(shard);
    if (files.has(versionsFile)) {
      files.tensors(versionsFile);
    }
    for (int index : owners) {
      Owner owner = decoder.owners().get(index);
      Shards.requireAll(weights, owner, type, "");
      Shards.requireAll(moments, owner, type, Shards.FIRST_MOMENT);
      Shards.requireAll(moments, owner, type, Shards.SECOND_MOMENT);
      for (long madeBy : clock(owner).older()) {
        Shards.requireAll(files.tensors(versionsFile), owner, type, Shards.versionSuffix(madeBy));
      }
    }
  }

  private OwnerClock clock(Owner owner) {
    OwnerClock clock = files.manifest().model().owners().get(owner.name());
    if (clock == null) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST), "does not know the owner " + owner.name());
    }
    return clock;
  }
}
