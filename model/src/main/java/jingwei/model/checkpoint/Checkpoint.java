package jingwei.model.checkpoint;

import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import jingwei.model.UserException;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerStaging;
import jingwei.model.state.StateSource;

/**
 * A complete checkpoint on disk, opened read-only. All files are mapped when it is opened, so it
 * stays readable even if a run removes it. Opening checks sizes; reading a file checks its
 * checksum.
 */
public final class Checkpoint implements AutoCloseable {
  private final CheckpointFiles files;

  private Checkpoint(CheckpointFiles files) {
    this.files = files;
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
    return new Checkpoint(CheckpointFiles.open(folder));
  }

  public Path folder() {
    return files.folder();
  }

  public Manifest manifest() {
    return files.manifest();
  }

  /** The content of {@code tokenizer.json}. */
  public String tokenizer() {
    byte[] bytes = files.checked(Shards.TOKENIZER).toArray(ValueLayout.JAVA_BYTE);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(files.path(Shards.TOKENIZER), "is not UTF-8", e);
    }
  }

  /**
   * Checks every file against the manifest, and every tensor's size against the model.
   *
   * @throws CheckpointException naming the first damaged file
   */
  public void verify() {
    manifest().files().keySet().forEach(files::checked);
    routes();
    new StoredStates(files);
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
    StoredStates stored = new StoredStates(files);
    ModelState model = new ModelState(stored.decoder(), routes, elementType(), memoryOf);
    model.startFrom(stored.initialWeights(), stored::isInitial);
    for (int owner = 0; owner < model.histories().size(); owner++) {
      stored.read(owner, model.of(owner));
    }
    return model;
  }

  /**
   * The states of the model, read one owner at a time while this checkpoint is open. All files are
   * checked against the manifest here, before memory is allocated.
   *
   * @param staging memory for one owner at a time; {@link OwnerStaging#bytes} says how much is
   *     taken
   */
  public StateSource states(NativeMemory staging) {
    List<RouteTable> routes = routes();
    return new CheckpointStates(new StoredStates(files), routes, elementType(), staging);
  }

  /** The route tables of the RRE layers; empty for a dense model. */
  public List<RouteTable> routes() {
    List<RouteTable> routes = new ArrayList<>();
    DecoderShape shape = manifest().shape();
    if (shape.routedBlocks() == 0) {
      return routes;
    }
    SafetensorsReader reader = files.tensors(Shards.ROUTES);
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
    files.close();
  }

  private ElementType elementType() {
    return manifest().model().elementType();
  }

  private RouteTable table(short[][] experts, int layer) {
    Path file = files.path(Shards.ROUTES);
    RouteTable table;
    try {
      table = RouteTable.of(experts, manifest().shape().expertsPerDomain());
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(file, "holds no route table (" + e.getMessage() + ")", e);
    }
    int vocabulary = manifest().shape().vocabulary();
    if (table.crc32c() != manifest().model().routeChecksums().get(layer)
        || Arrays.stream(experts).anyMatch(row -> row.length != vocabulary)) {
      throw new CheckpointException(
          file, "does not hold the route table that the model was trained with");
    }
    return table;
  }
}
