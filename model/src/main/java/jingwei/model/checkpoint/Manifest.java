package jingwei.model.checkpoint;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.data.DataPosition;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.WrittenFile;
import jingwei.model.memory.ElementType;
import jingwei.model.step.StepHistory;
import jingwei.model.step.StepsBefore;

/**
 * The table of contents of a checkpoint, written last.
 *
 * @param formatVersion see {@link #FORMAT_VERSION}
 * @param step steps that were committed
 * @param appliedSteps those of them that were not refused
 * @param tokens input tokens trained on so far
 * @param gradNorm of the last applied step, which clips the next one if so configured
 * @param history losses and norms of the last applied steps
 * @param refusedSteps later steps that are to be refused whatever they come to
 * @param seed of the run
 * @param shape of the model
 * @param elementType of the weights
 * @param domains names, by domain index
 * @param routeChecksums CRC32C of the table of each RRE block
 * @param kernels fingerprint of the kernels that computed it
 * @param configuration the resolved configuration, as it stands in the run's {@code config.conf}
 * @param dataFingerprint of the documents that the position counts in
 * @param dataPosition where the batches go on
 * @param evaluation held-out loss of each domain at this step, in nats per token, by name; empty if
 *     none was measured
 * @param owners of each owner: updates and last step
 * @param files every other file of the checkpoint
 */
public record Manifest(
    int formatVersion,
    long step,
    long appliedSteps,
    long tokens,
    double gradNorm,
    StepHistory history,
    List<Long> refusedSteps,
    long seed,
    DecoderShape shape,
    String elementType,
    List<String> domains,
    List<Integer> routeChecksums,
    String kernels,
    String configuration,
    long dataFingerprint,
    DataPosition dataPosition,
    Map<String, Double> evaluation,
    Map<String, OwnerClock> owners,
    Map<String, WrittenFile> files) {
  /** Raised when a reader of the version before could not read what is written. */
  public static final int FORMAT_VERSION = 4;

  /** What a file of a checkpoint may be called: it lies in the checkpoint's own folder. */
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]*");

  /**
   * @throws IllegalArgumentException if a part is missing or contradicts another
   */
  public Manifest {
    Stream.of(history, shape, kernels, configuration, dataPosition, evaluation, owners)
        .forEach(Objects::requireNonNull);
    refusedSteps = List.copyOf(refusedSteps);
    domains = List.copyOf(domains);
    routeChecksums = List.copyOf(routeChecksums);
    ElementType.valueOf(elementType);
    require(step >= 0 && appliedSteps >= 0 && appliedSteps <= step, "steps");
    require(shape.routedBlocks() == 0 || shape.domains() == domains.size(), "domains");
    require(shape.routedBlocks() == routeChecksums.size(), "route tables");
    require(dataPosition.streams().size() == domains.size(), "position in the data");
    require(dataPosition.schedule().visits().size() == domains.size(), "position in the data");
    require(dataPosition.schedule().carried().size() == domains.size(), "position in the data");
    files.forEach((name, file) -> require(FILE_NAME.matcher(name).matches() && file != null, name));
    require(dataPosition.step() == step, "position in the data");
    evaluation.forEach((name, loss) -> require(loss != null, name));
    long last = step;
    owners.forEach((name, clock) -> require(clock != null && clock.isPossibleAt(last), name));
  }

  /** The steps that were committed. */
  public StepsBefore before() {
    return new StepsBefore(step, appliedSteps, gradNorm, history, Set.copyOf(refusedSteps));
  }

  /** Mean held-out loss of the domains, in nats per token; NaN if none was measured. */
  public double heldOutLoss() {
    return evaluation.values().stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  private static void require(boolean isRight, String what) {
    if (!isRight) {
      throw new IllegalArgumentException("its %s cannot be right".formatted(what));
    }
  }

  /** The checksum of a manifest's file, as it stands beside it. */
  static String checksum(byte[] bytes) {
    return "%08x\n".formatted(DurableFile.crc32c(bytes));
  }

  /**
   * @param updates of the owner so far
   * @param lastStep that changed it
   * @param lastApplied number of that step among the applied ones, counted from 1
   * @param older steps that made the versions before the newest which are still read, newest first
   */
  public record OwnerClock(long updates, long lastStep, long lastApplied, List<Long> older) {
    private boolean isPossibleAt(long step) {
      boolean isFalling = older != null;
      long newer = lastStep;
      for (Long madeBy : isFalling ? older : List.<Long>of()) {
        isFalling &= madeBy != null && madeBy >= 0 && madeBy < newer;
        newer = isFalling ? madeBy : newer;
      }
      return isFalling && lastStep <= step;
    }
  }
}
