package jingwei.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads the manifest of a checkpoint and compares it with its checksum. */
final class ManifestReader {
  /** A limit that allows manifests with ten million owners and files. */
  private static final long MAX_BYTES = 1L << 30;

  /** The oldest format that can be read, without the count of applied steps. */
  private static final int WITHOUT_APPLIED_STEPS = 3;

  /** The last format that stored every expert, and so had no seed of the others. */
  static final int WITH_ALL_EXPERTS = 4;

  private ManifestReader() {}

  /**
   * Reads the manifest in a checkpoint's folder.
   *
   * @throws CheckpointException if it is missing, changed, or of an unsupported format
   * @throws UnreadableCheckpointException if it cannot be read at the moment
   */
  static Manifest read(Path folder) {
    Path file = folder.resolve(Shards.MANIFEST);
    byte[] bytes = bytes(file);
    byte[] checksum = bytes(folder.resolve(Shards.MANIFEST_CHECKSUM));
    JsonNode tree;
    try {
      tree = Json.MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw notAManifest(file, e);
    }
    int version = tree.path("formatVersion").asInt(-1);
    if (version < WITHOUT_APPLIED_STEPS || version > Manifest.FORMAT_VERSION) {
      throw new CheckpointException(
          file,
          "has format version %d, and this version of Jingwei reads %d to %d"
              .formatted(version, WITHOUT_APPLIED_STEPS, Manifest.FORMAT_VERSION));
    }
    if (!Manifest.checksum(bytes).equals(new String(checksum, Json.CHARSET))) {
      throw new CheckpointException(
          file,
          "has changed since it was written: its checksum is not that of "
              + folder.resolve(Shards.MANIFEST_CHECKSUM));
    }
    if (tree instanceof ObjectNode manifest) {
      if (version == WITHOUT_APPLIED_STEPS) {
        countAppliedSteps(manifest);
      }
      if (version <= WITH_ALL_EXPERTS) {
        manifest.set("initialSeed", manifest.path("seed"));
      }
    }
    try {
      return ManifestJson.read(tree);
    } catch (IOException | RuntimeException e) {
      // Catch every exception of the records: the manifest is untrusted.
      throw notAManifest(file, e);
    }
  }

  /**
   * Runs of the oldest format also counted refused steps, so each update has the number of its
   * step.
   */
  private static void countAppliedSteps(ObjectNode manifest) {
    manifest.set("appliedSteps", manifest.path("step"));
    for (JsonNode owner : manifest.path("owners")) {
      if (owner instanceof ObjectNode clock) {
        clock.set("lastApplied", clock.path("lastStep"));
      }
    }
  }

  private static byte[] bytes(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new CheckpointException(
            file, "is %d bytes long, more than any manifest has".formatted(size));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointException(file, "is missing", e);
    } catch (IOException e) {
      throw new UnreadableCheckpointException(file, e);
    }
  }

  private static CheckpointException notAManifest(Path file, Exception e) {
    String reason = String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
    return new CheckpointException(file, "is not a manifest (" + reason + ")", e);
  }
}
