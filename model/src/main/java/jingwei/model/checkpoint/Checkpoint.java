package jingwei.model.checkpoint;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest.OwnerClock;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.decoder.ParameterCount;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/**
 * A complete checkpoint on disk, opened read-only. All files are mapped when it is opened, so it
 * stays readable even if a run removes it. Opening checks sizes; reading a file checks its
 * checksum.
 */
public final class Checkpoint implements AutoCloseable {
  private final Path folder;
  private final Manifest manifest;
  private final Arena arena;
  private final Map<String, MemorySegment> files = new HashMap<>();
  private final Set<String> checked = new HashSet<>();

  @SuppressWarnings("MustBeClosedChecker") // closed by close()
  private Checkpoint(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
    this.arena = Arena.ofShared();
  }

  /**
   * Opens a checkpoint.
   *
   * @param path folder of a checkpoint, or of a run for its latest checkpoint
   * @throws UserException if there is no checkpoint
   * @throws CheckpointException if it is damaged
   * @throws UnreadableCheckpointException if it cannot be read at the moment
   */
  public static Checkpoint open(Path path) {
    if (Presence.of(path.resolve(Shards.MANIFEST))) {
      return of(path);
    }
    Path ofRun = path.resolve("checkpoints");
    if (!Presence.of(ofRun)) {
      throw new UserException(
          "There is no checkpoint at %s; give the folder of a run that has one, or a checkpoint's folder."
              .formatted(path));
    }
    return new CheckpointFolder(ofRun).open(CheckpointFolder.LATEST, broken -> {});
  }

  /** Opens the checkpoint in this folder. */
  static Checkpoint of(Path folder) {
    Checkpoint checkpoint = new Checkpoint(folder, ManifestReader.read(folder));
    try {
      checkpoint.mapFiles();
      return checkpoint;
    } catch (RuntimeException | Error e) {
      checkpoint.close();
      throw e;
    }
  }

  public Path folder() {
    return folder;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The content of {@code tokenizer.json}. */
  public String tokenizer() {
    byte[] bytes = checked(Shards.TOKENIZER).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(folder.resolve(Shards.TOKENIZER), "is not UTF-8", e);
    }
  }

  /**
   * Checks every file against the manifest, and every tensor's size against the model.
   *
   * @throws CheckpointException naming the first damaged file
   */
  public void verify() {
    manifest.files().keySet().forEach(this::checked);
    routes();
    requireEveryTensor();
  }

  /** Builds the model and loads weights, route tables and moments. */
  public ModelState load(NativeMemory memory) {
    return load(owner -> memory);
  }

  /**
   * Builds and loads the model, with the memory of each owner given by a function. Memory is
   * allocated only after the files were checked against the manifest.
   */
  public ModelState load(Function<Owner, NativeMemory> memoryOf) {
    List<RouteTable> routes = routes();
    requireEveryTensor();
    ModelState model = model(routes, memoryOf);
    for (Map.Entry<String, List<WeightHistory>> shard : Shards.of(model).entrySet()) {
      SafetensorsReader weights = tensors(Shards.weightsFile(shard.getKey()));
      SafetensorsReader moments = tensors(Shards.momentsFile(shard.getKey()));
      for (WeightHistory history : shard.getValue()) {
        OwnerState owner = history.state();
        Shards.readAll(weights, owner, owner.weights(), "");
        Shards.readAll(moments, owner, owner.firstMoment(), ".m");
        Shards.readAll(moments, owner, owner.secondMoment(), ".v");
        OwnerClock clock = clock(owner);
        owner.setClock(clock.updates(), clock.lastStep(), clock.lastApplied());
      }
      readVersions(shard.getKey(), shard.getValue());
    }
    return model;
  }

  /** The route tables of the RRE layers; empty for a dense model. */
  public List<RouteTable> routes() {
    List<RouteTable> routes = new ArrayList<>();
    DecoderShape shape = manifest.shape();
    if (shape.routedBlocks() == 0) {
      return routes;
    }
    SafetensorsReader reader = tensors(Shards.ROUTES);
    for (int layer = 0; layer < shape.routedBlocks(); layer++) {
      short[][] experts = new short[shape.domains()][];
      for (int domain = 0; domain < experts.length; domain++) {
        experts[domain] = reader.readShorts(Shards.routeTensor(layer, domain));
      }
      routes.add(table(experts, layer));
    }
    return routes;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  private RouteTable table(short[][] experts, int layer) {
    Path file = folder.resolve(Shards.ROUTES);
    RouteTable table;
    try {
      table = RouteTable.of(experts, manifest.shape().expertsPerDomain());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file, "holds no route table (" + e.getMessage() + ")", e);
    }
    int vocabulary = manifest.shape().vocabulary();
    if (table.crc32c() != manifest.model().routeChecksums().get(layer)
        || Arrays.stream(experts).anyMatch(row -> row.length != vocabulary)) {
      throw new CheckpointException(
          file, "does not hold the route table that the model was trained with");
    }
    return table;
  }

  private ModelState model(List<RouteTable> routes, Function<Owner, NativeMemory> memoryOf) {
    ElementType type = manifest.model().elementType();
    return new ModelState(new Decoder(manifest.shape()), routes, type, memoryOf);
  }

  private void readVersions(String shard, List<WeightHistory> histories) {
    String file = Shards.versionsFile(shard);
    if (!manifest.files().containsKey(file)) {
      return;
    }
    SafetensorsReader versions = tensors(file);
    for (WeightHistory history : histories) {
      for (long madeBy : clock(history.state()).older()) {
        String suffix = Shards.versionSuffix(madeBy);
        Shards.readAll(versions, history.state(), history.restore(madeBy), suffix);
      }
    }
  }

  private OwnerClock clock(OwnerState owner) {
    OwnerClock clock = manifest.model().owners().get(owner.owner().name());
    if (clock == null) {
      throw new CheckpointException(
          folder.resolve(Shards.MANIFEST), "does not know the owner " + owner.owner().name());
    }
    return clock;
  }

  /**
   * Checks the files against the shape: first their total size, before anything is built per block
   * and expert, then each tensor.
   */
  private void requireEveryTensor() {
    ElementType type = manifest.model().elementType();
    long bytes = files.values().stream().mapToLong(MemorySegment::byteSize).sum();
    long weights = countWeights();
    if (weights > bytes / type.bytes() / 3) {
      throw new CheckpointException(
          folder.resolve(Shards.MANIFEST),
          "describes a model of %,d weights, but its files have only %,d bytes"
              .formatted(weights, bytes));
    }
    try (NativeMemory nothing = NativeMemory.counting("checkpoint")) {
      List<RouteTable> routes = routes();
      ModelState model = model(routes, owner -> nothing);
      Shards.of(model).forEach(this::requireTensors);
    }
  }

  private long countWeights() {
    try {
      return ParameterCount.of(manifest.shape()).total();
    } catch (UserException e) {
      throw new CheckpointException(
          folder.resolve(Shards.MANIFEST), "describes an impossible model", e);
    }
  }

  private void requireTensors(String shard, List<WeightHistory> histories) {
    SafetensorsReader weights = tensors(Shards.weightsFile(shard));
    SafetensorsReader moments = tensors(Shards.momentsFile(shard));
    SafetensorsReader versions = null;
    for (WeightHistory history : histories) {
      OwnerState owner = history.state();
      ParameterSet layout = owner.weights();
      Shards.requireAll(weights, owner, layout, "");
      Shards.requireAll(moments, owner, layout, ".m");
      Shards.requireAll(moments, owner, layout, ".v");
      for (long madeBy : clock(owner).older()) {
        versions = versions == null ? tensors(Shards.versionsFile(shard)) : versions;
        Shards.requireAll(versions, owner, layout, Shards.versionSuffix(madeBy));
      }
    }
  }

  private SafetensorsReader tensors(String name) {
    return new SafetensorsReader(folder.resolve(name), checked(name));
  }

  /** The content of a file, after checking its checksum. */
  private MemorySegment checked(String name) {
    Path file = folder.resolve(name);
    MemorySegment content = files.get(name);
    if (content == null) {
      throw new CheckpointException(file, "is not in the manifest");
    }
    if (!checked.contains(name)) {
      int[] crc = new int[1];
      MappedFile.reading(file, () -> crc[0] = MappedFile.crc32c(content));
      if (crc[0] != manifest.files().get(name).crc32c()) {
        throw new CheckpointException(
            file, "has changed since it was written: its checksum is not the manifest's");
      }
      checked.add(name);
    }
    return content;
  }

  private void mapFiles() {
    manifest
        .files()
        .forEach(
            (name, written) -> {
              Path file = folder.resolve(name);
              MemorySegment content = MappedFile.map(file, arena);
              if (content.byteSize() != written.bytes()) {
                throw new CheckpointException(
                    file,
                    "is %d bytes long instead of %d"
                        .formatted(content.byteSize(), written.bytes()));
              }
              files.put(name, content);
            });
  }
}
