package jingwei.model.checkpoint;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest.OwnerClock;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.OwnerState;
import jingwei.model.optim.WeightHistory;
import jingwei.model.reference.ReferenceModel;
import jingwei.model.routing.RouteTable;

/**
 * A complete checkpoint on disk, opened for reading. Sizes are checked when it is opened, checksums
 * when a file is read.
 */
public final class Checkpoint {
  private final Path folder;
  private final Manifest manifest;

  private Checkpoint(Path folder, Manifest manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /**
   * Opens a checkpoint.
   *
   * @param path a checkpoint's folder, or that of a run, of which the latest one is taken
   */
  public static Checkpoint open(Path path) {
    Path folder = path;
    if (!Files.exists(path.resolve(Shards.MANIFEST))
        && Files.isDirectory(path.resolve("checkpoints"))) {
      folder = new CheckpointFolder(path.resolve("checkpoints")).latest();
    }
    Path file = folder.resolve(Shards.MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new UserException(
          "There is no checkpoint at %s; give the folder of a run that has one, or a checkpoint's folder."
              .formatted(path));
    }
    Manifest manifest;
    try {
      byte[] bytes = Files.readAllBytes(file);
      int version = Json.MAPPER.readTree(bytes).path("formatVersion").asInt(-1);
      if (version != Manifest.FORMAT_VERSION) {
        throw new CheckpointException(
            file,
            "has format version %d, and this version of Jingwei reads %d"
                .formatted(version, Manifest.FORMAT_VERSION));
      }
      Path checksum = folder.resolve(Shards.MANIFEST_CHECKSUM);
      if (!Files.isRegularFile(checksum)) {
        throw new CheckpointException(checksum, "is missing");
      }
      if (!Manifest.checksum(bytes).equals(Files.readString(checksum))) {
        throw new CheckpointException(
            file, "has changed since it was written: its checksum is not that of " + checksum);
      }
      manifest = Json.MAPPER.readValue(bytes, Manifest.class);
    } catch (IOException e) {
      throw new CheckpointException(file, "is not a manifest (" + firstLine(e) + ")", e);
    }
    Checkpoint checkpoint = new Checkpoint(folder, manifest);
    checkpoint.checkSizes();
    return checkpoint;
  }

  public Path folder() {
    return folder;
  }

  public Manifest manifest() {
    return manifest;
  }

  /** The tokenizer's file. */
  public Path tokenizer() {
    Path file = folder.resolve(Shards.TOKENIZER);
    try {
      checkChecksum(Shards.TOKENIZER, DurableFile.crc32c(Files.readAllBytes(file)));
      return file;
    } catch (IOException e) {
      throw new CheckpointException(file, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * Reads every file and compares it with the manifest.
   *
   * @throws CheckpointException for the first that is not what was written
   */
  public void verify() {
    for (String name : manifest.files().keySet()) {
      Path file = folder.resolve(name);
      try (CheckedInputStream in =
          new CheckedInputStream(Files.newInputStream(file), new CRC32C())) {
        in.transferTo(OutputStream.nullOutputStream());
        checkChecksum(name, (int) in.getChecksum().getValue());
      } catch (IOException e) {
        throw new CheckpointException(file, "cannot be read (" + e.getMessage() + ")", e);
      }
    }
  }

  /** Builds the model and fills weights and route tables; moments too, to train on. */
  public ReferenceModel load(NativeMemory memory) {
    return load(owner -> memory);
  }

  /** As above, each owner in the memory where it belongs. */
  public ReferenceModel load(Function<Owner, NativeMemory> memoryOf) {
    List<RouteTable> routes = routes();
    ReferenceModel model =
        new ReferenceModel(
            new Decoder(manifest.shape()),
            routes,
            ElementType.valueOf(manifest.elementType()),
            memoryOf);
    for (Map.Entry<String, List<WeightHistory>> shard : Shards.of(model).entrySet()) {
      try (SafetensorsReader weights = open(Shards.weightsFile(shard.getKey()));
          SafetensorsReader moments = open(Shards.momentsFile(shard.getKey()))) {
        for (WeightHistory history : shard.getValue()) {
          OwnerState owner = history.state();
          Shards.readAll(weights, owner, owner.weights(), "");
          Shards.readAll(moments, owner, owner.firstMoment(), ".m");
          Shards.readAll(moments, owner, owner.secondMoment(), ".v");
          OwnerClock clock = clock(owner);
          owner.setClock(clock.updates(), clock.lastStep());
        }
      }
      readVersions(shard.getKey(), shard.getValue());
    }
    return model;
  }

  private void readVersions(String shard, List<WeightHistory> histories) {
    String file = Shards.versionsFile(shard);
    if (!manifest.files().containsKey(file)) {
      return;
    }
    try (SafetensorsReader versions = open(file)) {
      for (WeightHistory history : histories) {
        for (long madeBy : clock(history.state()).older()) {
          String suffix = Shards.versionSuffix(madeBy);
          Shards.readAll(versions, history.state(), history.restore(madeBy), suffix);
        }
      }
    }
  }

  private OwnerClock clock(OwnerState owner) {
    OwnerClock clock = manifest.owners().get(owner.owner().name());
    if (clock == null) {
      throw new CheckpointException(
          folder.resolve(Shards.MANIFEST), "does not know the owner " + owner.owner().name());
    }
    return clock;
  }

  /** The tables of the RRE layers; none of a dense model. */
  public List<RouteTable> routes() {
    List<RouteTable> routes = new ArrayList<>();
    if (manifest.shape().routedBlocks() == 0) {
      return routes;
    }
    try (SafetensorsReader reader = open(Shards.ROUTES)) {
      for (int layer = 0; layer < manifest.shape().routedBlocks(); layer++) {
        short[][] experts = new short[manifest.shape().domains()][];
        for (int domain = 0; domain < experts.length; domain++) {
          experts[domain] = reader.readShorts(Shards.routeTensor(layer, domain));
        }
        RouteTable table = RouteTable.of(experts, manifest.shape().expertsPerDomain());
        if (table.crc32c() != manifest.routeChecksums().get(layer)) {
          throw new CheckpointException(
              folder.resolve(Shards.ROUTES),
              "does not hold the route table that the model was trained with");
        }
        routes.add(table);
      }
    }
    return routes;
  }

  private SafetensorsReader open(String name) {
    SafetensorsReader reader = new SafetensorsReader(folder.resolve(name));
    try {
      checkChecksum(name, reader.crc32c());
    } catch (CheckpointException e) {
      reader.close();
      throw e;
    }
    return reader;
  }

  private void checkChecksum(String name, int actual) {
    WrittenFile file = manifest.files().get(name);
    if (file == null || file.crc32c() != actual) {
      throw new CheckpointException(
          folder.resolve(name),
          "has changed since it was written: its checksum is not the manifest's");
    }
  }

  private void checkSizes() {
    manifest
        .files()
        .forEach(
            (name, written) -> {
              Path file = folder.resolve(name);
              try {
                long size = Files.size(file);
                if (size != written.bytes()) {
                  throw new CheckpointException(
                      file, "is %d bytes long instead of %d".formatted(size, written.bytes()));
                }
              } catch (IOException e) {
                throw new CheckpointException(file, "is missing", e);
              }
            });
  }

  private static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
  }
}
