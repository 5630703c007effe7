package jingwei.actors;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** An actor whose parent reports its fault to a test, as a session would. */
public final class WatchedActor<T> {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final TestProbe<Throwable> faults;
  private final ActorRef<T> ref;

  public WatchedActor(ActorTestKit kit, Behavior<T> behavior) {
    faults = kit.createTestProbe();
    TestProbe<ActorRef<T>> started = kit.createTestProbe();
    kit.spawn(
        Behaviors.<Void>setup(
            context -> {
              ActorRef<T> child = context.spawn(behavior, "watched");
              context.watch(child);
              started.getRef().tell(child);
              return Behaviors.receive(Void.class)
                  .onSignal(
                      ChildFailed.class,
                      failed -> {
                        faults.getRef().tell(failed.cause());
                        return Behaviors.stopped();
                      })
                  .build();
            }));
    ref = started.receiveMessage(PATIENCE);
  }

  public void tell(T message) {
    ref.tell(message);
  }

  /** Expects that the actor ends with one fault, whose message contains all these words. */
  public void expectFault(String... words) {
    Throwable cause = faults.receiveMessage(PATIENCE);
    String message = assertInstanceOf(IllegalStateException.class, cause).getMessage();
    for (String word : words) {
      assertTrue(message.contains(word), message);
    }
  }
}
