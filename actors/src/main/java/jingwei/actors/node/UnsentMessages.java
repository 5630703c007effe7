package jingwei.actors.node;

import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.event.Logging;

/**
 * Fails when a message of this node to another one cannot be sent, since it is too large or has no
 * serializer. Artery drops such a message and only logs it, and somebody would wait for it until the
 * deadline.
 */
public final class UnsentMessages {
  private static final String SENDING = "org.apache.pekko.remote.artery.Encoder";

  private UnsentMessages() {}

  /** Listens to what the actor system logs. */
  public static Behavior<Logging.Error> create() {
    return Behaviors.setup(
        context -> {
          context
              .getSystem()
              .eventStream()
              .tell(new EventStream.Subscribe<>(Logging.Error.class, context.getSelf()));
          return Behaviors.receiveMessage(UnsentMessages::on);
        });
  }

  private static Behavior<Logging.Error> on(Logging.Error error) {
    if (error.logClass().getName().startsWith(SENDING)) {
      throw new IllegalStateException(
          "a message to another node was not sent: " + error.cause().getMessage());
    }
    return Behaviors.same();
  }
}
