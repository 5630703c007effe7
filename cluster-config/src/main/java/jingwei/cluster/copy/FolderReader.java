package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import jingwei.model.disk.IoReason;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Lets other nodes read the sessions of this one: which there are, and their files in parts. Only
 * files of sessions can be named. Every message may come twice.
 */
public final class FolderReader extends AbstractBehavior<FolderReader.Command> {
  /** Name of the actor below the guardian. */
  public static final String NAME = "folder-reader";

  /** Files in one message. */
  private static final int PAGE = 1000;

  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofSeconds(60);

  public sealed interface Command {}

  /**
   * Asks for {@link Holding}.
   *
   * @param mark of the leader's folder
   */
  public record Hold(String mark, ActorRef<Holding> replyTo) implements Command, CopyMessage {}

  /**
   * Asks for the files of a session; answered with {@link Opened} or {@link Failed}. All questions
   * of one pull are answered from the same moment.
   *
   * @param pull a name that no other pull has
   * @param from number of the first file that is wanted
   */
  record Open(String session, String pull, int from, ActorRef<Reply> replyTo)
      implements Command, CopyMessage {}

  /** Asks for a part of a file; answered with {@link Part} or {@link Failed}. */
  record Read(String pull, int file, long offset, int length, ActorRef<Reply> replyTo)
      implements Command, CopyMessage {}

  /** A pull has ended. */
  record Close(String pull) implements Command, CopyMessage {}

  private enum Tick implements Command {
    NOW
  }

  /**
   * What a node holds.
   *
   * @param node its address
   * @param isSameFolder whether its folder is that of the leader who asked
   * @param newestEpoch highest number of an epoch that the node took part in
   */
  public record Holding(
      String node, boolean isSameFolder, long newestEpoch, List<HeldSession> sessions)
      implements CopyMessage {
    public Holding {
      sessions = List.copyOf(sessions);
    }
  }

  sealed interface Reply extends CopyMessage {
    String pull();
  }

  /**
   * Files of a session.
   *
   * @param from number of the first one here
   * @param total number of all files
   */
  record Opened(String pull, int from, List<CopiedFile> files, int total) implements Reply {
    Opened {
      files = List.copyOf(files);
    }
  }

  record Part(String pull, int file, long offset, FilePart part) implements Reply {}

  record Failed(String pull, String reason) implements Reply {}

  /**
   * The node, and what it holds.
   *
   * @param address of the node
   * @param folder of its sessions; null if it keeps none
   * @param newestEpoch that the node took part in
   */
  public record Place(String address, Path folder, LongSupplier newestEpoch) {}

  private static final class Pull {
    private final Snapshot snapshot;
    private long usedNanos = System.nanoTime();

    private Pull(Snapshot snapshot) {
      this.snapshot = snapshot;
    }
  }

  private final Place place;
  private final Map<String, Pull> pulls = new HashMap<>();

  private FolderReader(ActorContext<Command> context, Place place) {
    super(context);
    this.place = place;
  }

  /** Is to run where it may wait for a disk. */
  public static Behavior<Command> create(Place place) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, LOOK);
          return Behaviors.setup(context -> new FolderReader(context, place));
        });
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onAnyMessage(this::on)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Hold(String mark, ActorRef<Holding> replyTo) -> hold(mark, replyTo);
      case Open open -> open.replyTo.tell(opened(open));
      case Read read -> read.replyTo.tell(part(read));
      case Close(String pull) -> close(pull);
      case Tick.NOW ->
          pulls.entrySet().stream()
              .filter(each -> System.nanoTime() - each.getValue().usedNanos > IDLE.toNanos())
              .map(Map.Entry::getKey)
              .toList()
              .forEach(this::close);
    }
    return this;
  }

  private void hold(String mark, ActorRef<Holding> replyTo) {
    List<HeldSession> held = List.of();
    if (place.folder != null) {
      try {
        held = HeldSession.in(place.folder);
      } catch (IOException | RuntimeException unusable) {
        // It offers nothing that it cannot read.
        getContext().getLog().warn("the folder of the sessions cannot be read", unusable);
      }
    }
    replyTo.tell(
        new Holding(
            place.address,
            place.folder != null && FolderMark.isAt(place.folder, mark),
            place.newestEpoch.getAsLong(),
            held));
  }

  private Reply opened(Open open) {
    if (place.folder == null || !HeldSession.NAME.matcher(open.session).matches()) {
      return new Failed(open.pull, "it has no session '%s'".formatted(open.session));
    }
    try {
      Pull pull = pulls.get(open.pull);
      if (pull == null) {
        pull = new Pull(Snapshot.open(place.folder.resolve(open.session)));
        pulls.put(open.pull, pull);
      }
      pull.usedNanos = System.nanoTime();
      List<CopiedFile> files = pull.snapshot.files();
      int from = Math.clamp(open.from, 0, files.size());
      return new Opened(
          open.pull, from, files.subList(from, Math.min(files.size(), from + PAGE)), files.size());
    } catch (IOException disk) {
      return new Failed(open.pull, IoReason.withFile(disk));
    } catch (RuntimeException damaged) {
      return new Failed(open.pull, String.valueOf(damaged.getMessage()));
    }
  }

  private Reply part(Read read) {
    Pull pull = pulls.get(read.pull);
    if (pull == null) {
      return new Failed(read.pull, "it has waited too long for the next question");
    }
    pull.usedNanos = System.nanoTime();
    List<CopiedFile> files = pull.snapshot.files();
    if (read.file < 0
        || read.file >= files.size()
        || read.length < 0
        || read.length > FilePart.MOST_BYTES
        || read.offset < 0
        || read.offset > files.get(read.file).bytes() - read.length) {
      return new Failed(read.pull, "there is no such part");
    }
    try {
      return new Part(
          read.pull,
          read.file,
          read.offset,
          new FilePart(pull.snapshot.read(read.file, read.offset, read.length)));
    } catch (IOException disk) {
      return new Failed(read.pull, IoReason.withFile(disk));
    }
  }

  private void close(String name) {
    Pull pull = pulls.remove(name);
    if (pull != null) {
      try {
        pull.snapshot.close();
      } catch (IOException stays) {
        getContext().getLog().debug("files stay open", stays);
      }
    }
  }

  private Behavior<Command> onStop() {
    List.copyOf(pulls.keySet()).forEach(this::close);
    return this;
  }
}
