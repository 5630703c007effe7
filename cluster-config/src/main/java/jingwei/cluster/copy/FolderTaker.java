package jingwei.cluster.copy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import jingwei.model.checkpoint.UnreadableCheckpointException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Takes copies of sessions into the folder of this node. While this node leads, it takes none from
 * other leaders. A session with a newer epoch is never replaced. Every message may come twice.
 */
public final class FolderTaker extends AbstractBehavior<FolderTaker.Command> {
  /** Name of the actor below the guardian. */
  public static final String NAME = "folder-taker";

  public sealed interface Command {}

  /**
   * Asks to copy a session; answered with {@link Working} and then {@link Taken} or {@link
   * NotTaken}.
   *
   * @param epoch of its record
   * @param source address of the node that has it
   * @param mark of the source's folder; empty if it is known to be another one
   * @param leader address of the node that asks
   */
  public record Take(
      String session,
      long epoch,
      String source,
      String mark,
      String leader,
      ActorRef<Reply> replyTo)
      implements Command, CopyMessage {}

  /**
   * The node begins to lead: copies that are under way end.
   *
   * @param ready is told when nothing is written any more
   */
  public record Lead(ActorRef<Ready> ready) implements Command {}

  /** Nothing is written any more. */
  public record Ready() implements CopyMessage {}

  /** The node does not lead any more. */
  public record Follow() implements Command {}

  private record Ended(String session) implements Command {}

  /** Why a copy was not taken. */
  public enum Reason {
    /** The folder is the leader's own. */
    SAME_FOLDER,
    /** The session is here in a newer epoch. */
    NEWER_HERE,
    /** The node leads, or led and has not finished. */
    BUSY,
    FAILED
  }

  public sealed interface Reply extends CopyMessage {
    /** Address of the node that takes the copy. */
    String node();

    String session();
  }

  /** The copy is under way; so many bytes have come. */
  public record Working(String node, String session, long bytes) implements Reply {}

  /** The copy is complete and on disk. */
  public record Taken(String node, String session, long epoch, long step, long bytes)
      implements Reply {}

  /** There is no copy, or only the one from before. */
  public record NotTaken(String node, String session, Reason reason, String sentence)
      implements Reply {}

  /**
   * This node.
   *
   * @param address of the node
   * @param folder of its sessions
   * @param isRunning whether it still writes as the leader that it was
   */
  public record Place(String address, Path folder, BooleanSupplier isRunning) {}

  private record Pull(String source, ActorRef<FolderPull.Command> actor) {}

  private final Place place;
  private final Map<String, Pull> pulls = new HashMap<>();
  private boolean isLeading;

  /** Wants to hear when all pulls have ended; null for nobody. */
  private ActorRef<Ready> awaitingEnd;

  private FolderTaker(ActorContext<Command> context, Place place) {
    super(context);
    this.place = place;
  }

  /** Is to run where it may wait for a disk. */
  public static Behavior<Command> create(Place place) {
    return Behaviors.setup(context -> new FolderTaker(context, place));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Take take -> onTake(take);
      case Lead(ActorRef<Ready> ready) -> {
        isLeading = true;
        awaitingEnd = ready;
        pulls.values().forEach(pull -> getContext().stop(pull.actor));
        tellReady();
      }
      case Follow follow -> isLeading = false;
      case Ended(String session) -> {
        pulls.remove(session);
        tellReady();
      }
    }
    return this;
  }

  private void onTake(Take take) {
    Pull current = pulls.get(take.session);
    if (current != null && current.source.equals(take.source)) {
      return; // it says itself how far it is
    }
    NotTaken refusal =
        current == null
            ? refusal(take)
            : not(
                take,
                Reason.BUSY,
                "node %s copies from node %s".formatted(place.address, current.source));
    if (refusal != null) {
      take.replyTo.tell(refusal);
      return;
    }
    ActorRef<FolderReader.Command> source =
        ActorRefResolver.get(getContext().getSystem())
            .resolveActorRef(
                "pekko://%s@%s/user/%s"
                    .formatted(getContext().getSystem().name(), take.source, FolderReader.NAME));
    ActorRef<FolderPull.Command> pull =
        getContext()
            .spawnAnonymous(
                FolderPull.create(
                    new FolderPull.Order(take.session, take.source),
                    new FolderPull.Here(place.address, place.folder, take.replyTo),
                    source),
                DispatcherSelector.blocking());
    pulls.put(take.session, new Pull(take.source, pull));
    getContext().watchWith(pull, new Ended(take.session));
  }

  /** Why the copy is refused; null if it is taken. */
  private NotTaken refusal(Take take) {
    boolean isOwn = take.leader.equals(place.address);
    if (isOwn != isLeading || place.isRunning.getAsBoolean()) {
      return not(take, Reason.BUSY, "node %s leads, or is about to end".formatted(place.address));
    }
    if (FolderMark.isAt(place.folder, take.mark)) {
      return not(
          take,
          Reason.SAME_FOLDER,
          "node %s has the same cluster.folder as node %s".formatted(place.address, take.source));
    }
    if (!HeldSession.NAME.matcher(take.session).matches()) {
      return not(take, Reason.FAILED, "'%s' is no name of a session".formatted(take.session));
    }
    try {
      long here = HeldSession.of(place.folder, take.session).map(HeldSession::epoch).orElse(0L);
      return here <= take.epoch
          ? null
          : not(
              take,
              Reason.NEWER_HERE,
              "node %s holds session %s in epoch %d".formatted(place.address, take.session, here));
    } catch (IOException | UnreadableCheckpointException damaged) {
      return null; // the copy replaces it
    }
  }

  private NotTaken not(Take take, Reason reason, String sentence) {
    return new NotTaken(place.address, take.session, reason, sentence);
  }

  private void tellReady() {
    if (pulls.isEmpty() && awaitingEnd != null) {
      awaitingEnd.tell(new Ready());
      awaitingEnd = null;
    }
  }
}
