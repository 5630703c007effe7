package jingwei.cluster.session;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
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
 * The folder of a run, locked, and where the run begins or goes on in it. Nothing in the folder is
 * looked at before it is locked.
 */
final class RunClaim implements AutoCloseable {
  private static final int MOST_RUNS_A_SECOND = 1000;

  private final RunFolder folder;
  private final RunLock lock;
  private final boolean isNew;
  private final RunRequest request;
  private final Consumer<String> notes;
  private boolean holdsARun = true; // nothing is removed before it is known
  private boolean isResumed;
  private Checkpoint from;

  /** Where the checkpoint is, if it was set aside. */
  private Path branch;

  private RunConfiguration configuration;

  private RunClaim(RunRequest request, Consumer<String> notes) {
    this.request = request;
    this.notes = notes;
    isNew = request.hasNoFolder() || !Files.exists(request.folder());
    boolean mustBeThere = request.resume() != null && !isAuto();
    if (isNew && mustBeThere) {
      throw holdsNoRun(request.folder());
    }
    if (request.resume() == null) {
      configuration =
          RunConfiguration.of(request.configuration()); // refused before a folder is made
    }
    folder = new RunFolder(request.hasNoFolder() ? makeNamed() : make(request.folder()));
    lock = RunLock.of(folder);
  }

  /**
   * Locks the folder and finds out where the run goes on.
   *
   * @param notes receives sentences for people
   * @throws UserException if another run has the folder, there is nothing to go on from, or the
   *     request contradicts the run; nothing has changed
   */
  static RunClaim of(RunRequest request, Consumer<String> notes) {
    if (request.hasNoFolder() && request.resume() != null) {
      throw new UserException(
          "--resume needs the folder of the run that is to go on; add --run DIR.");
    }
    RunClaim claim = new RunClaim(request, notes);
    try {
      claim.lookInside();
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

  /** Whether the folder held the run before. */
  boolean isResumed() {
    return isResumed;
  }

  /** Where the run goes on; empty for its first step. */
  Optional<Checkpoint> from() {
    return Optional.ofNullable(from);
  }

  RunConfiguration configuration() {
    return configuration;
  }

  /** Removes what was made for a run that did not begin. */
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

  private void lookInside() {
    holdsARun = folder.holdsARun();
    if (request.resume() == null && holdsARun) {
      throw new UserException(
          "The folder %s already holds a run; go on with --resume latest, or give another --run folder."
              .formatted(folder.path()));
    }
    if (request.resume() != null && !holdsARun && !isAuto()) {
      throw holdsNoRun(folder.path());
    }
    isResumed = holdsARun;
    if (isResumed) {
      from = checkpoint();
      configuration = RunConfiguration.of(goneOnWith(kept()));
    } else if (configuration == null) {
      configuration = RunConfiguration.of(request.configuration());
    }
  }

  private Checkpoint checkpoint() {
    CheckpointFolder checkpoints = folder.checkpoints().reading();
    String name = isAuto() ? CheckpointFolder.LATEST_GOOD : request.resume();
    if (goesOnFromNewest() && checkpoints.isEmpty() && Files.exists(folder.configuration())) {
      notes.accept("the run has no checkpoint yet and goes on from its first step");
      return null;
    }
    if (!checkpoints.names().contains(name)) {
      name = CheckpointFolder.fullName(name);
    }
    if (!checkpoints.names().contains(name)) {
      branch = new SetAside(folder).holding(name).orElse(null);
      checkpoints = branch == null ? checkpoints : new CheckpointFolder(branch);
    }
    return checkpoints.open(name, broken -> notes.accept("passed over: the " + broken));
  }

  /** Brings back what the run goes on from, if it was set aside: nothing is refused any more. */
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
   * The configuration of the folder is the newest: it also holds what was given at an earlier
   * resume after which no checkpoint was written. What the result depends on is the checkpoint's:
   * the file may be damaged. A checkpoint that is named brings its own.
   */
  private Configuration kept() {
    if (from == null) {
      return written()
          .orElseThrow(
              () ->
                  new UserException(
                      "The configuration file %s is damaged, and there is no checkpoint yet that holds its values; start the run anew in another folder."
                          .formatted(folder.configuration())));
    }
    Configuration own =
        Configuration.ofText(from.manifest().run().configuration(), from.folder().toString());
    if (!goesOnFromNewest() || !Files.exists(folder.configuration())) {
      return own;
    }
    Optional<Configuration> written = written();
    if (written.isEmpty()) {
      notes.accept(
          "%s is damaged; the run goes on with the configuration of %s, without what a later resume may have changed"
              .formatted(folder.configuration(), from.folder()));
    }
    return written.map(newest -> own.resumedWith(newest, true, Set.of())).orElse(own);
  }

  private Optional<Configuration> written() {
    return Configuration.ofFile(folder.configuration(), notes);
  }

  /** The run's configuration with what the request may change. */
  private Configuration goneOnWith(Configuration kept) {
    Set<String> untouched = new HashSet<>();
    if (request.configuration().isPlannedByTime()) {
      untouched.add("steps");
      if (isAuto() && !kept.isPlannedByTime()) {
        untouched.add("minutes"); // the time was planned by the same command
      }
    }
    return kept.resumedWith(request.configuration(), request.hasPreset(), untouched);
  }

  private boolean goesOnFromNewest() {
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

  private static Path make(Path path) {
    try {
      return Files.createDirectories(path);
    } catch (IOException e) {
      throw cannotBeMade(path, e);
    }
  }

  /** A folder of its own for each of the runs that begin in the same second. */
  private Path makeNamed() {
    String time =
        LocalDateTime.now(ZoneId.systemDefault())
            .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
    String name = time + "-" + configuration.settings().session().name();
    return makeNamed(make(Path.of("runs")), name);
  }

  /** A folder of this name, or with a number after it where there is one. */
  static Path makeNamed(Path runs, String name) {
    for (int number = 1; number <= MOST_RUNS_A_SECOND; number++) {
      Path path = runs.resolve(number == 1 ? name : name + "-" + number);
      if (isMade(path)) {
        return path;
      }
    }
    throw new UserException(
        "There are %d runs named %s in %s; choose a folder with --run."
            .formatted(MOST_RUNS_A_SECOND, name, runs));
  }

  /** Makes a folder; false if there is one of that name. */
  private static boolean isMade(Path path) {
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
