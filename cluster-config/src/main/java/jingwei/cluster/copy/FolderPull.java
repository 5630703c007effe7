package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import jingwei.model.checkpoint.CheckpointException;
import jingwei.model.checkpoint.UnreadableCheckpointException;
import jingwei.model.disk.IoReason;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Copies a session from another node: it asks for one part after the other, and asks again if an
 * answer does not come. It says from time to time how far it is, and at the end how it ended.
 */
final class FolderPull extends AbstractBehavior<FolderPull.Command> {
  sealed interface Command {}

  private record Answered(FolderReader.Reply reply) implements Command {}

  private enum Tick implements Command {
    NOW
  }

  private static final Duration TICK = Duration.ofMillis(500);
  private static final int AGAIN_TICKS = 4;

  /** Ticks without a part after which the source counts as lost. */
  private static final int MOST_TICKS = 30;

  private final Order order;
  private final Here here;
  private final ActorRef<FolderReader.Command> source;
  private final ActorRef<FolderReader.Reply> answers;
  private final String pull = UUID.randomUUID().toString();
  private final List<CopiedFile> files = new ArrayList<>();
  private LandingFolder landing;
  private int file;
  private long offset;
  private boolean mayGoOn = true;
  private long bytes;
  private int ticks;

  /**
   * What is copied.
   *
   * @param source address of the node that has it
   */
  record Order(String session, String source) {}

  /**
   * Where it is copied to.
   *
   * @param address of this node
   * @param folder of its sessions
   */
  record Here(String address, Path folder, ActorRef<FolderTaker.Reply> replies) {}

  private FolderPull(
      ActorContext<Command> context,
      Order order,
      Here here,
      ActorRef<FolderReader.Command> source) {
    super(context);
    this.order = order;
    this.here = here;
    this.source = source;
    answers = context.messageAdapter(FolderReader.Reply.class, Answered::new);
    ask();
  }

  static Behavior<Command> create(Order order, Here here, ActorRef<FolderReader.Command> source) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Tick.NOW, TICK);
          return Behaviors.setup(context -> new FolderPull(context, order, here, source));
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
    try {
      return switch (command) {
        case Tick.NOW -> onTick();
        case Answered(FolderReader.Reply reply) ->
            reply.pull().equals(pull) ? onReply(reply) : this;
      };
    } catch (IOException disk) {
      return failed(
          "node %s could not write session %s (%s)"
              .formatted(here.address, order.session, IoReason.withFile(disk)));
    } catch (CheckpointException | UnreadableCheckpointException disk) {
      return failed(disk.getMessage());
    }
  }

  private Behavior<Command> onTick() {
    ticks++;
    if (ticks >= MOST_TICKS) {
      return failed(
          "node %s waited %d s for node %s to send %s of session %s"
              .formatted(
                  here.address,
                  TICK.multipliedBy(MOST_TICKS).toSeconds(),
                  order.source,
                  landing == null ? "the list of files" : files.get(file).path(),
                  order.session));
    }
    if (ticks % AGAIN_TICKS == 0) {
      ask();
    }
    here.replies.tell(new FolderTaker.Working(here.address, order.session, bytes));
    return this;
  }

  private Behavior<Command> onReply(FolderReader.Reply reply) throws IOException {
    return switch (reply) {
      case FolderReader.Failed(String of, String reason) ->
          failed(
              "node %s could not send session %s: %s"
                  .formatted(order.source, order.session, reason));
      case FolderReader.Opened opened -> onOpened(opened);
      case FolderReader.Part part -> onPart(part);
    };
  }

  private Behavior<Command> onOpened(FolderReader.Opened opened) throws IOException {
    if (landing != null || opened.from() != files.size()) {
      return this; // it came twice
    }
    ticks = 0;
    files.addAll(opened.files());
    if (files.size() < opened.total()) {
      ask();
      return this;
    }
    landing = new LandingFolder(here.folder.resolve(order.session), files);
    return next();
  }

  private Behavior<Command> onPart(FolderReader.Part part) throws IOException {
    if (landing == null || part.file() != file || part.offset() != offset) {
      return this; // it came twice
    }
    ticks = 0;
    offset += part.part().bytes().length;
    bytes += part.part().bytes().length;
    boolean isLast = offset == files.get(file).bytes();
    if (!isLast) {
      ask(); // the source reads the next part while this one is written
    }
    landing.add(part.part().bytes());
    return isLast ? goOn() : this;
  }

  /** Begins the next file that is not here yet. */
  private Behavior<Command> next() throws IOException {
    while (file < files.size() && landing.has(file)) {
      file++;
    }
    if (file == files.size()) {
      landing.end();
      HeldSession held =
          HeldSession.of(here.folder, order.session).orElse(new HeldSession(order.session, 0, 0));
      here.replies.tell(
          new FolderTaker.Taken(here.address, order.session, held.epoch(), held.step(), bytes));
      return Behaviors.stopped();
    }
    offset = landing.begin(file, mayGoOn);
    return goOn();
  }

  private Behavior<Command> goOn() throws IOException {
    CopiedFile now = files.get(file);
    if (offset < now.bytes()) {
      ask();
      return this;
    }
    boolean isGood = landing.finish(file);
    if (!isGood && mayGoOn && now.hasLines()) {
      mayGoOn = false; // the lines here are others
      return next();
    }
    if (!isGood) {
      return failed(
          "%s of session %s on node %s has another checksum than it was written with"
              .formatted(now.path(), order.session, order.source));
    }
    mayGoOn = true;
    file++;
    return next();
  }

  private void ask() {
    if (landing == null) {
      source.tell(new FolderReader.Open(order.session, pull, files.size(), answers));
    } else {
      int length = (int) Math.min(FilePart.MOST_BYTES, files.get(file).bytes() - offset);
      source.tell(new FolderReader.Read(pull, file, offset, length, answers));
    }
  }

  private Behavior<Command> failed(String sentence) {
    here.replies.tell(
        new FolderTaker.NotTaken(here.address, order.session, FolderTaker.Reason.FAILED, sentence));
    return Behaviors.stopped();
  }

  private Behavior<Command> onStop() {
    source.tell(new FolderReader.Close(pull));
    try {
      if (landing != null) {
        landing.close();
      }
    } catch (IOException stays) {
      getContext().getLog().debug("a file stays open", stays);
    }
    return this;
  }
}
