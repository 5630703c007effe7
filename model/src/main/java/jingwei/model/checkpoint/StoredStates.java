package jingwei.model.checkpoint;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jingwei.model.UserException;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.memory.ElementType;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/**
 * The states of all owners in the files of a checkpoint. The owners in the manifest have tensors,
 * and no others; an expert that is not there has initial weights.
 */
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
    refuseTooManyExperts();
    this.decoder = new Decoder(files.manifest().shape());
    refuseUnknownOwners();
    Shards.of(decoder).forEach(this::requireTensors);
  }

  Decoder decoder() {
    return decoder;
  }

  InitialWeights initialWeights() {
    return files.manifest().model().initialWeights();
  }

  /** Whether an owner is an expert that was never updated and is not stored, by its index. */
  boolean isInitial(int owner) {
    return isInitial(decoder.owners().get(owner));
  }

  private boolean isInitial(Owner owner) {
    return owner.isExpert()
        && files.manifest().formatVersion() > ManifestReader.WITH_ALL_EXPERTS
        && !files.manifest().model().owners().containsKey(owner.name());
  }

  /** The counts of an owner, by its index. */
  OwnerClock clock(int owner) {
    return clock(decoder.owners().get(owner));
  }

  /**
   * Reads the state of an owner, or draws the weights of an initial expert.
   *
   * @param into a state of this owner, with moments of zero
   */
  void read(int owner, WeightHistory into) {
    Owner named = decoder.owners().get(owner);
    String shard = Shards.shard(decoder.shape(), named);
    into.setClock(clock(named));
    OwnerState state = into.state();
    if (isInitial(named)) {
      initialWeights().draw(state);
      return;
    }
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
    long weights = countStoredWeights();
    if (weights > bytes / type.bytes() / 3) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST),
          "describes a model of %,d stored weights, but its files have only %,d bytes"
              .formatted(weights, bytes));
    }
  }

  /** The file of the routes has a number for each token, so its size bounds what may be built. */
  private void refuseTooManyExperts() {
    DecoderShape shape = files.manifest().shape();
    if (shape.routedBlocks() > 0 && shape.expertsPerDomain() > shape.vocabulary()) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST),
          "describes %,d experts in a domain, but only %,d tokens that could use them"
              .formatted(shape.expertsPerDomain(), shape.vocabulary()));
    }
  }

  private long countStoredWeights() {
    try {
      ParameterCount count = ParameterCount.of(files.manifest().shape());
      if (files.manifest().formatVersion() <= ManifestReader.WITH_ALL_EXPERTS) {
        return count.total();
      }
      long experts = files.manifest().model().storedExperts();
      return Math.addExact(count.dense(), Math.multiplyExact(count.perExpert(), experts));
    } catch (UserException | ArithmeticException e) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST), "describes an impossible model", e);
    }
  }

  private void refuseUnknownOwners() {
    Set<String> unknown = new TreeSet<>(files.manifest().model().owners().keySet());
    decoder.owners().forEach(owner -> unknown.remove(owner.name()));
    if (!unknown.isEmpty()) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST),
          "knows the owner %s, which the model does not have".formatted(unknown.iterator().next()));
    }
  }

  private void requireTensors(String shard, List<Integer> owners) {
    String weightsFile = Shards.weightsFile(shard);
    String momentsFile = Shards.momentsFile(shard);
    String versionsFile = Shards.versionsFile(shard);
    int numWeights = 0;
    int numOlder = 0;
    for (int index : owners) {
      Owner owner = decoder.owners().get(index);
      if (isInitial(owner)) {
        continue;
      }
      SafetensorsReader weights = files.tensors(weightsFile);
      SafetensorsReader moments = files.tensors(momentsFile);
      Shards.requireAll(weights, owner, type, "");
      Shards.requireAll(moments, owner, type, Shards.FIRST_MOMENT);
      Shards.requireAll(moments, owner, type, Shards.SECOND_MOMENT);
      for (long madeBy : clock(owner).older()) {
        Shards.requireAll(files.tensors(versionsFile), owner, type, Shards.versionSuffix(madeBy));
      }
      int parameters = owner.layout().parameters().size();
      numWeights += parameters;
      numOlder += parameters * clock(owner).older().size();
    }
    requireNoMore(weightsFile, numWeights);
    requireNoMore(momentsFile, 2 * numWeights);
    requireNoMore(versionsFile, numOlder);
  }

  /** An owner whose tensors are there must be in the manifest, too. */
  private void requireNoMore(String file, int tensors) {
    if (files.has(file)) {
      files.tensors(file).requireNumber(tensors);
    }
  }

  private OwnerClock clock(Owner owner) {
    if (isInitial(owner)) {
      return OwnerClock.START;
    }
    OwnerClock clock = files.manifest().model().owners().get(owner.name());
    if (clock == null) {
      throw new CheckpointException(
          files.path(Shards.MANIFEST), "does not know the owner " + owner.name());
    }
    return clock;
  }
}
