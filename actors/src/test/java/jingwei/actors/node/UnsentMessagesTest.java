package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.TokenLosses;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message that Artery drops is a failure of the node that sent it. */
class UnsentMessagesTest {
  private static final Duration SHORT = Duration.ofSeconds(20);

  private final ActorTestKit here = kit("here");
  private final ActorTestKit there = kit("there");
  private final CompletableFuture<String> failure = new CompletableFuture<>();
  private final TestProbe<StepEvent> receiver = there.createTestProbe();
  private final ActorRef<StepEvent> remote = remote();

  private static ActorTestKit kit(String name) {
    return ActorTestKit.create(name, SystemConfiguration.of(1, true));
  }

  private ActorRef<StepEvent> remote() {
    here.spawn(watched(), "watcher");
    return ActorRefResolver.get(here.system())
        .resolveActorRef(
            ActorRefResolver.get(there.system()).toSerializationFormat(receiver.ref()));
  }

  private Behavior<Void> watched() {
    return Behaviors.setup(
        context -> {
          context.watch(context.spawn(UnsentMessages.create(), "messages"));
          return Behaviors.<Void>receive(Void.class)
              .onSignal(
                  ChildFailed.class,
                  failed -> {
                    failure.complete(failed.cause().getMessage());
                    return Behaviors.same();
                  })
              .build();
        });
  }

  @AfterEach
  void end() {
    here.shutdownTestKit();
    there.shutdownTestKit();
  }

  private void sendLosses(int number) {
    double[] losses = IntStream.range(0, number).mapToDouble(Math::sqrt).toArray();
    remote.tell(new StepEvent.Losses(1, 1, 0, new TokenLosses(losses)));
  }

  @Test
  void aMessageThatIsTooLargeIsNamed() throws Exception {
    sendLosses(100_000);
    receiver.expectMessageClass(StepEvent.Losses.class, SHORT);
    sendLosses(200_000);
    String text = failure.get(SHORT.toSeconds(), TimeUnit.SECONDS);
    assertTrue(text.contains("StepEvent$Losses") && text.contains("oversized"), text);
  }

  @Test
  void aMessageThatIsNotOnTheListIsNamed() throws Exception {
    sendLosses(1000);
    receiver.expectMessageClass(StepEvent.Losses.class, SHORT);
    remote.<Object>unsafeUpcast().tell(new Object());
    String text = failure.get(SHORT.toSeconds(), TimeUnit.SECONDS);
    assertTrue(text.contains("java.lang.Object"), text);
  }
}
