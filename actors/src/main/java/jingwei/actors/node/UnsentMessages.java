package jingwei.actors.node;

import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.AllDeadLetters;
import org.apache.pekko.actor.Dropped;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.event.Logging;

/**
 * Fails when a message of this node to another one is not sent: it is too large, or has no
 * serializer, or the queue to that node is full, or the connection has ended. Artery drops such a
 * message and at most logs it, and its receiver would be waited for until the deadline.
 */
public final class UnsentMessages {
  private static final String SENDING = "org.apache.pekko.remote.artery.Encoder";
  private static final String OUR_CLASSES = "jingwei.";

  private UnsentMessages() {}

  /** Listens to what the actor system logs and drops. */
  public static Behavior<Object> create() {
    return Behaviors.setup(
        context -> {
          var events = context.getSystem().eventStream();
          events.tell(new EventStream.Subscribe<>(Logging.Error.class, context.getSelf().narrow()));
          events.tell(
              new EventStream.Subscribe<>(AllDeadLetters.class, context.getSelf().narrow()));
          return Behaviors.receive(Object.class)
              .onMessage(Logging.Error.class, UnsentMessages::onError)
              .onMessage(AllDeadLetters.class, UnsentMessages::onDeadLetter)
              .build();
        });
  }

  private static Behavior<Object> onError(Logging.Error error) {
    if (error.logClass().getName().startsWith(SENDING)) {
      throw new IllegalStateException(
          "a message to another node was not sent: " + error.cause().getMessage());
    }
    return Behaviors.same();
  }

  /** A message to an actor of this node that has ended is no failure. */
  private static Behavior<Object> onDeadLetter(AllDeadLetters letter) {
    ActorRef to = letter.recipient();
    String message = letter.message().getClass().getName();
    if (to != null && to.path().address().hasGlobalScope() && message.startsWith(OUR_CLASSES)) {
      throw new IllegalStateException(
          "a message to another node was dropped: %s to %s%s"
              .formatted(
                  message,
                  to.path().toSerializationFormat(),
                  letter instanceof Dropped dropped ? ": " + dropped.reason() : ""));
    }
    return Behaviors.same();
  }
}
