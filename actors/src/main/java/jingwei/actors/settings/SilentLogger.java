package jingwei.actors.settings;

import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.event.Logging;

/**
 * Prints nothing of what the actor system logs. Errors of Artery are read from the event stream, to
 * which an actor system publishes only with a logger that does not ask SLF4J first.
 */
public final class SilentLogger extends AbstractActor {
  @Override
  public Receive createReceive() {
    return receiveBuilder()
        .match(
            Logging.InitializeLogger.class,
            begin -> getSender().tell(Logging.loggerInitialized(), getSelf()))
        .matchAny(event -> {})
        .build();
  }
}
