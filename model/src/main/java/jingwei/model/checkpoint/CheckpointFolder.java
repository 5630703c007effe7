package jingwei.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest.OwnerClock;
import jingwei.model.optim.OwnerState;
import jingwei.model.optim.WeightHistory;
import jingwei.model.routing.RouteTable;

/**
 * The {@code checkpoints} folder of a run. A checkpoint is written under another name and renamed
 * when all of it is on disk, so a name that can be seen is complete; {@code latest} is a file that
 * is replaced as a whole.
 */
public final class CheckpointFolder {
  private static final String LATEST = "latest";

  /** What this class names; anything else in the folder is somebody's own and stays. */
  private static final Pattern STEP = Pattern.compile("step-\\d+");

  private static final String PARTIAL_SUFFIX = ".partial";
  private static final String REPLACED_SUFFIX = ".replaced";

  private final Path folder;

  public CheckpointFolder(Path folder) {
    this.folder = folder;
  }

  /** Name of the checkpoint of a step; sorts by step. */
  public static String nameOf(long step) {
    return "step-%08d".formatted(step);
  }

  /**
   * Writes a checkpoint, makes it the latest one, and removes the oldest beyond {@code keep}.
   *
   * @param keep how many to keep, at least one
   * @return the checkpoint's folder
   */
  public Path write(TrainingState state, int keep) {
    String name = nameOf(state.step());
    Path target = folder.resolve(name);
    Path partial = folder.resolve(name + PARTIAL_SUFFIX);
    try {
      Files.createDirectories(folder);
      deleteTree(partial);
      Files.createDirectories(partial);
      writeFiles(state, partial);
      // A checkpoint of the same step is the same run gone over again; the new one takes its place.
      Path replaced = folder.resolve(name + REPLACED_SUFFIX);
      restore(target);
      if (Files.exists(target)) {
        Files.move(target, replaced, StandardCopyOption.ATOMIC_MOVE);
      }
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      forceFolder(folder);
      deleteTree(replaced);
      replace(folder.resolve(LATEST), name);
      removeOldest(keep, name);
      return target;
    } catch (IOException e) {
      throw new CheckpointException(target, "could not be written (" + e.getMessage() + ")", e);
    }
  }

  /**
   * The newest complete checkpoint.
   *
   * @throws UserException if there is none yet
   */
  public Path latest() {
    Path pointer = folder.resolve(LATEST);
    if (!Files.exists(pointer)) {
      throw new UserException(
          "There is no checkpoint in %s yet; start the run without --resume.".formatted(folder));
    }
    try {
      return named(Files.readString(pointer).strip());
    } catch (IOException e) {
      throw new CheckpointException(pointer, "cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * A checkpoint by its name.
   *
   * @throws UserException if the folder has none of that name
   */
  public Path named(String name) {
    Path checkpoint = folder.resolve(name);
    if (name.contains("/")) {
      throw new UserException(
          "'%s' is not a checkpoint's name; the folder has %s.".formatted(name, names()));
    }
    restore(checkpoint);
    if (!Files.isRegularFile(checkpoint.resolve(Shards.MANIFEST))) {
      throw new UserException(
          "There is no checkpoint '%s' in %s; it has %s.".formatted(name, folder, names()));
    }
    return checkpoint;
  }

  /**
   * Removes the checkpoints of steps after one that a run goes on from; it goes through them again.
   * {@code latest} names the newest that stays before the first of them goes.
   */
  public void removeAfter(long step) {
    List<String> staying =
        names().stream().filter(name -> !isOfStep(name) || stepOf(name) <= step).toList();
    try {
      if (Files.exists(folder.resolve(LATEST)) && !staying.contains(latestName())) {
        if (staying.isEmpty()) {
          Files.delete(folder.resolve(LATEST));
        } else {
          replace(folder.resolve(LATEST), staying.getLast());
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(
          folder.resolve(LATEST), "cannot be replaced (" + e.getMessage() + ")", e);
    }
    for (String name : names()) {
      if (isOfStep(name) && stepOf(name) > step) {
        Path checkpoint = folder.resolve(name);
        try {
          deleteTree(checkpoint);
        } catch (IOException e) {
          throw new CheckpointException(
              checkpoint, "cannot be removed (" + e.getMessage() + ")", e);
        }
      }
    }
  }

  private String latestName() throws IOException {
    return Files.readString(folder.resolve(LATEST)).strip();
  }

  private static boolean isOfStep(String name) {
    return STEP.matcher(name).matches();
  }

  private static long stepOf(String name) {
    return Long.parseLong(name.substring(5));
  }

  /** Brings back a checkpoint that was moved aside for one that was never finished. */
  private void restore(Path checkpoint) {
    Path replaced = checkpoint.resolveSibling(checkpoint.getFileName() + REPLACED_SUFFIX);
    if (!Files.exists(checkpoint) && Files.exists(replaced)) {
      try {
        Files.move(replaced, checkpoint, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new CheckpointException(replaced, "cannot be moved back (" + e.getMessage() + ")", e);
      }
    }
  }

  /** Names of the complete checkpoints, oldest first. */
  public List<String> names() {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries
          .filter(entry -> Files.isRegularFile(entry.resolve(Shards.MANIFEST)))
          .map(entry -> entry.getFileName().toString())
          .filter(name -> !name.endsWith(PARTIAL_SUFFIX) && !name.endsWith(REPLACED_SUFFIX))
          .sorted()
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private static void writeFiles(TrainingState state, Path into) throws IOException {
    Map<String, WrittenFile> files = new LinkedHashMap<>();
    Map<String, OwnerClock> clocks = new LinkedHashMap<>();
    for (Map.Entry<String, List<WeightHistory>> shard : Shards.of(state.model()).entrySet()) {
      Map<String, TensorEntry> weights = new LinkedHashMap<>();
      Map<String, TensorEntry> moments = new LinkedHashMap<>();
      Map<String, TensorEntry> versions = new LinkedHashMap<>();
      for (WeightHistory history : shard.getValue()) {
        OwnerState owner = history.state();
        Shards.putAll(weights, owner, owner.weights(), "");
        Shards.putAll(moments, owner, owner.firstMoment(), ".m");
        Shards.putAll(moments, owner, owner.secondMoment(), ".v");
        for (WeightHistory.Version older : history.older()) {
          Shards.putAll(versions, owner, older.weights(), Shards.versionSuffix(older.madeBy()));
        }
        List<Long> older = history.older().stream().map(WeightHistory.Version::madeBy).toList();
        clocks.put(owner.owner().name(), new OwnerClock(owner.updates(), owner.lastStep(), older));
      }
      String weightsFile = Shards.weightsFile(shard.getKey());
      String momentsFile = Shards.momentsFile(shard.getKey());
      files.put(weightsFile, SafetensorsWriter.write(into.resolve(weightsFile), weights));
      files.put(momentsFile, SafetensorsWriter.write(into.resolve(momentsFile), moments));
      if (!versions.isEmpty()) {
        String versionsFile = Shards.versionsFile(shard.getKey());
        files.put(versionsFile, SafetensorsWriter.write(into.resolve(versionsFile), versions));
      }
    }
    List<RouteTable> routes = state.model().routes();
    if (!routes.isEmpty()) {
      Map<String, TensorEntry> tables = new LinkedHashMap<>();
      for (int layer = 0; layer < routes.size(); layer++) {
        for (int domain = 0; domain < routes.get(layer).domains(); domain++) {
          tables.put(
              Shards.routeTensor(layer, domain),
              TensorEntry.of(routes.get(layer).expertsOf(domain)));
        }
      }
      files.put(Shards.ROUTES, SafetensorsWriter.write(into.resolve(Shards.ROUTES), tables));
    }
    files.put(Shards.TOKENIZER, writeText(into.resolve(Shards.TOKENIZER), state.tokenizer()));
    Manifest manifest =
        new Manifest(
            Manifest.FORMAT_VERSION,
            state.step(),
            state.tokens(),
            state.gradNorm(),
            state.seed(),
            state.model().decoder().shape(),
            state.model().type().name(),
            state.domains(),
            routes.stream().map(RouteTable::crc32c).toList(),
            state.kernels(),
            state.configuration(),
            state.dataFingerprint(),
            state.dataPosition(),
            state.evaluation(),
            clocks,
            files);
    writeText(into.resolve(Shards.MANIFEST), Json.MAPPER.writeValueAsString(manifest));
    forceFolder(into);
  }

  private static WrittenFile writeText(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    return new WrittenFile(bytes.length, (int) crc.getValue());
  }

  private static void replace(Path file, String text) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + PARTIAL_SUFFIX);
    Files.deleteIfExists(next);
    writeText(next, text + "\n");
    try {
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the file system of " + file + " cannot replace files atomically", e);
    }
    forceFolder(file.getParent());
  }

  /** A rename is on disk only when its folder is. */
  private static void forceFolder(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private void removeOldest(int keep, String newest) throws IOException {
    List<String> others = new ArrayList<>(names());
    others.removeIf(name -> name.equals(newest) || !STEP.matcher(name).matches());
    for (String name : others.subList(0, Math.max(0, others.size() - (keep - 1)))) {
      deleteTree(folder.resolve(name));
    }
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(root)) {
      tree.sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
