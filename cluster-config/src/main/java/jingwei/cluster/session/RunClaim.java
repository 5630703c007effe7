package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.RunConfiguration;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointFolder;
import jingwei.model.disk.IoReason;

/**
 * The locked folder of a run, and the checkpoint that the run resumes from. The folder is locked
 * before anything in it is read.
 */
final class RunClaim implements AutoCloseable {
  private static final int MOST_RUNS_A_SECOND = 1000;

  private final RunFolder folder;
  private final RunLock lock;
  private final boolean isNew;
  private final RunRequest request;
  private final Consumer<String> notes;
  private boolean holdsARun = true; // until known, so nothing is removed
  private boolean isResumed;
  private Checkpoint from;

  /** The branch of the checkpoint, if it was set aside. */
  private Path branch;

  private RunConfiguration configuration;

  private RunClaim(RunRequest request, Consumer<String> notes) {
    this.request = request;
    this.notes = notes;
    isNew = request.hasNoFolder() || !Files.exists(request.folder());
    boolean mustExist = request.resume() != null && !isAuto();
    if (isNew && mustExist) {
      throw holdsNoRun(request.folder());
    }
    if (request.resume() == null) {
      configuration =
          RunConfiguration.of(request.configuration()); // fail before a folder is created
    }
    folder = new RunFolder(request.hasNoFolder() ? makeNamed() : createIfMissing(request.folder()));
    lock = request.place().isCluster() ? RunLock.ofCluster(folder) : RunLock.of(folder);
  }

  /**
   * Locks the folder and finds the checkpoint to resume from.
   *
   * @param notes receives sentences for users
   * @throws UserException if another run has locked the folder, there is nothing to resume from, or
   *     the request contradicts the run; nothing has changed
   */
  static RunClaim of(RunRequest request, Consumer<String> notes) {
    if (request.hasNoFolder() && request.resume() != null) {
      throw new UserException("--resume needs the folder of the run; add --run DIR.");
    }
    RunClaim claim = new RunClaim(request, notes);
    try {
      claim.readFolder();
      claim.folder.probe();
      return claim;
    } catch (RuntimeException | Error e) {
      if (!claim.holdsARun) {
        claim.discard();
      }
      claim.close();
      throw e;
    }
  }

  RunFolder folder() {
    return folder;
  }

  /** True if the run existed before. */
  boolean isResumed() {
    return isResumed;
  }

  /** The checkpoint to resume from; empty to start at the first step. */
  Optional<Checkpoint> from() {
    return Optional.ofNullable(from);
  }

  RunConfiguration configuration() {
    return configuration;
  }

  /** Removes the files of a run that did not start. */
  void discard() {
    if (!isResumed) {
      folder.discard(isNew);
    }
  }

  @Override
  public void close() {
    if (from != null) {
      from.close();
    }
    lock.close();
  }

  private void readFolder() {
    holdsARun = folder.holdsARun();
    if (request.resume() == null && holdsARun) {
      throw new UserException(
          "The folder %s already holds a run; resume it with --resume latest, or give another --run folder."
              .formatted(folder.path()));
    }
    if (request.resume() != null && !holdsARun && !isAuto()) {
      throw holdsNoRun(folder.path());
    }
    isResumed = holdsARun;
    if (isResumed) {
      from = checkpoint();
      configuration = RunConfiguration.of(resumedConfiguration(runConfiguration()));
    } else if (configuration == null) {
      configuration = RunConfiguration.of(request.configuration());
    }
  }

  private Checkpoint checkpoint() {
    CheckpointFolder checkpoints = folder.checkpoints().reading();
    String name = isAuto() ? CheckpointFolder.LATEST_GOOD : request.resume();
    if (resumesFromNewest() && checkpoints.isEmpty() && Files.exists(folder.configuration())) {
      notes.accept("the run has no checkpoint yet and starts at its first step");
      return null;
    }
    if (!checkpoints.names().contains(name)) {
      name = CheckpointFolder.fullName(name);
    }
    if (!checkpoints.names().contains(name)) {
      branch = new SetAside(folder).holding(name).orElse(null);
      checkpoints = branch == null ? checkpoints : new CheckpointFolder(branch);
    }
    return checkpoints.open(name, broken -> notes.accept("skipped: the " + broken));
  }

  /** Restores the branch of the checkpoint, if it was set aside, once the start has succeeded. */
  void settle() {
    if (branch != null) {
      String name = from.folder().getFileName().toString();
      from.verify();
      from.close();
      new SetAside(folder).bringBack(branch, notes);
      branch = null;
      from = folder.checkpoints().reading().open(name, notes);
    }
  }

  /**
   * The configuration of the existing run. The file in the folder is the newest: it also has the
   * values of an earlier resume that wrote no checkpoint. Values that the result depends on come
   * from the checkpoint, since the file may be damaged. A named checkpoint brings its own
   * configuration.
   */
  private Configuration runConfiguration() {
    if (from == null) {
      return readConfigurationFile()
          .orElseThrow(
              () ->
                  new UserException(
                      "The configuration file %s is damaged, and there is no checkpoint yet that holds its values; start the run anew in another folder."
                          .formatted(folder.configuration())));
    }
    Configuration own =
        Configuration.ofText(from.manifest().run().configuration(), from.folder().toString());
    if (!resumesFromNewest() || !Files.exists(folder.configuration())) {
      return own;
    }
    Optional<Configuration> fromFile = readConfigurationFile();
    if (fromFile.isEmpty()) {
      notes.accept(
          "%s is damaged; the run continues with the configuration of %s, without changes by later resumes"
              .formatted(folder.configuration(), from.folder()));
    }
    return fromFile.map(newest -> own.resumedWith(newest, true, Set.of())).orElse(own);
  }

  private Optional<Configuration> readConfigurationFile() {
    return Configuration.ofFile(folder.configuration(), notes);
  }

  /** Merges the run's configuration with the values that the request may change. */
  private Configuration resumedConfiguration(Configuration ofRun) {
    Set<String> untouched = new HashSet<>();
    if (request.configuration().isPlannedByTime()) {
      untouched.add("steps");
      if (isAuto() && !ofRun.isPlannedByTime()) {
        untouched.add("minutes"); // the time was planned by the same command
      }
    }
    return ofRun.resumedWith(request.configuration(), request.hasPreset(), untouched);
  }

  private boolean resumesFromNewest() {
    return isAuto()
        || request.resume().equals(CheckpointFolder.LATEST)
        || request.resume().equals(CheckpointFolder.LATEST_GOOD);
  }

  private boolean isAuto() {
    return RunRequest.AUTO.equals(request.resume());
  }

  private static UserException holdsNoRun(Path path) {
    return new UserException("The folder %s holds no run; check --run.".formatted(path));
  }

  private static Path createIfMissing(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw cannotBeMade(path, e);
    }
  }

  /** Creates a separate folder for each of several runs that start in the same second. */
  private Path makeNamed() {
    String name = RunFolder.newName(configuration.settings().session().name());
    return makeNamed(createIfMissing(Path.of("runs")), name);
  }

  /** Creates a folder with this name, followed by a number if the name is taken. */
  static Path makeNamed(Path runs, String name) {
    for (int number = 1; number <= MOST_RUNS_A_SECOND; number++) {
      Path path = runs.resolve(number == 1 ? name : name + "-" + number);
      if (create(path)) {
        return path;
      }
    }
    throw new UserException(
        "There are %d runs named %s in %s; choose a folder with --run."
            .formatted(MOST_RUNS_A_SECOND, name, runs));
  }

  /** Creates a folder; false if it already exists. */
  private static boolean create(Path path) {
    try {
      Files.createDirectory(path);
      return true;
    } catch (FileAlreadyExistsException taken) {
      return false;
    } catch (IOException e) {
      throw cannotBeMade(path, e);
    }
  }

  private static UserException cannotBeMade(Path path, IOException e) {
    return new UserException(
        "The run folder %s cannot be written to (%s); choose another one with --run."
            .formatted(path, IoReason.of(e)),
        e);
  }
}
