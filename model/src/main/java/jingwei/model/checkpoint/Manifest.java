package jingwei.model.checkpoint;

import static jingwei.model.checkpoint.RunState.require;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.WrittenFile;
import jingwei.model.memory.ElementType;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerClock;

/**
 * The index of a checkpoint, written last.
 *
 * @param formatVersion see {@link #FORMAT_VERSION}
 * @param run state of the run
 * @param model the model in the checkpoint
 * @param files size and checksum of every other file, by name
 */
public record Manifest(
    int formatVersion, RunState run, Model model, Map<String, WrittenFile> files) {
  /** Increased when readers of the previous version cannot read the new format. */
  public static final int FORMAT_VERSION = 5;

  /** Valid names of files in a checkpoint: no path leads outside its folder. */
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  /**
   * A model without its weights.
   *
   * @param shape sizes of the model
   * @param elementType element type of the weights
   * @param routeChecksums CRC32C of the table of each RRE block
   * @param initialWeights the rule of the experts that are not stored
   * @param owners counters of each stored owner, by name; an expert that is not among them was
   *     never updated and has initial weights
   */
  public record Model(
      DecoderShape shape,
      ElementType elementType,
      List<Integer> routeChecksums,
      InitialWeights initialWeights,
      Map<String, OwnerClock> owners) {
    /**
     * @throws IllegalArgumentException if a part is missing or contradicts another
     */
    public Model {
      Stream.of(shape, elementType, initialWeights, owners).forEach(Objects::requireNonNull);
      routeChecksums = List.copyOf(routeChecksums);
      require(shape.routedBlocks() == routeChecksums.size(), "route tables");
    }

    /** Most older versions of one owner. */
    public int mostOlder() {
      return owners.values().stream().mapToInt(clock -> clock.older().size()).max().orElse(0);
    }

    /** Number of experts that are stored; the others were never updated. */
    public long storedExperts() {
      return owners.keySet().stream().filter(name -> name.contains(".experts.")).count();
    }
  }

  /**
   * @throws IllegalArgumentException if a part is missing or contradicts another
   */
  public Manifest {
    DecoderShape shape = model.shape;
    require(shape.routedBlocks() == 0 || shape.domains() == run.data().domains().size(), "domains");
    files.forEach((name, file) -> require(FILE_NAME.matcher(name).matches() && file != null, name));
    long last = run.step();
    model.owners.forEach((name, clock) -> require(clock != null && clock.isPossibleAt(last), name));
  }

  /** The last step that was committed. */
  public long step() {
    return run.step();
  }

  /** Sizes of the model. */
  public DecoderShape shape() {
    return model.shape;
  }

  /** Names of the domains, by domain index. */
  public List<String> domains() {
    return run.data().domains();
  }

  /** The checksum of a manifest, as in the file beside it. */
  static String checksum(byte[] bytes) {
    return "%08x\n".formatted(DurableFile.crc32c(bytes));
  }
}
