package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;

/** The last weights and moments of a run. */
final class FinalWeights {
  private static final String SUFFIX = ".safetensors";

  private FinalWeights() {}

  /**
   * Checksums of the newest checkpoint, after all its files are verified.
   *
   * @param run folder of the run
   * @return the first eight bytes of the SHA-256 of each file with tensors, by its name; empty if
   *     there is no checkpoint
   * @throws jingwei.model.checkpoint.CheckpointException if it is damaged
   */
  static Map<String, Long> of(Path run) {
    Map<String, Long> sums = new TreeMap<>();
    try (Checkpoint last = Checkpoint.open(run)) {
      last.verify();
      for (String file : last.manifest().files().keySet()) {
        if (file.endsWith(SUFFIX)) {
          sums.put(
              file.substring(0, file.length() - SUFFIX.length()), sum(last.folder().resolve(file)));
        }
      }
    } catch (UserException none) {
      return Map.of();
    }
    return sums;
  }

  private static long sum(Path file) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)))
          .getLong();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
