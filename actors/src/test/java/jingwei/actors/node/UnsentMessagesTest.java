package jingwei.actors.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.StepEvent;
import jingwei.actors.step.TokenLosses;
import org.apache.pekko.actor.DeadLetter;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A message that Artery drops is a failure of the node that sent it. */
class UnsentMessagesTest {
  private static final Duration SHORT = Duration.ofSeconds(20);
  private static final int BURST = 20_000;

  private final ActorTestKit here = kit("here");
  private final ActorTestKit there = kit("there");
  private final CompletableFuture<String> failure = new CompletableFuture<>();
  private final TestProbe<StepEvent> receiver = there.createTestProbe();
  private final ActorRef<StepEvent> remote = remoteFrom(here);

  private static ActorTestKit kit(String name) {
    return ActorTestKit.create(name, SystemConfiguration.of(1, true));
  }

  private ActorRef<StepEvent> remoteFrom(ActorTestKit kit) {
    kit.spawn(watched(), "watcher");
    return ActorRefResolver.get(kit.system())
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

  /** A store tells each scheduler about each of its experts at once if a step is refused. */
  @Test
  void aBurstOfMessagesArrives() {
    for (int i = 0; i < BURST; i++) {
      remote.tell(new StepEvent.Updated(1, 1, i, 1));
    }
    for (int i = 0; i < BURST; i++) {
      assertEquals(new StepEvent.Updated(1, 1, i, 1), receiver.receiveMessage(SHORT));
    }
    assertFalse(failure.isDone());
  }

  @Test
  void aMessageThatFindsNoRoomInTheQueueIsNamed() throws Exception {
    ActorTestKit small =
        ActorTestKit.create(
            "small",
            ConfigFactory.parseMap(
                    Map.of("pekko.remote.artery.advanced.outbound-message-queue-size", 8))
                .withFallback(SystemConfiguration.of(1, true)));
    try {
      ActorRef<StepEvent> to = remoteFrom(small);
      to.tell(new StepEvent.Updated(1, 1, 0, 1));
      receiver.receiveMessage(SHORT);
      for (int i = 0; i < BURST; i++) {
        to.tell(new StepEvent.Updated(1, 1, i, 1));
      }
      String text = failure.get(SHORT.toSeconds(), TimeUnit.SECONDS);
      assertTrue(text.contains("StepEvent$Updated") && text.contains("overflow"), text);
      assertTrue(text.contains("//there@127.0.0.1"), text);
    } finally {
      small.shutdownTestKit();
    }
  }

  @Test
  void aMessageToAnActorOfThisNodeThatHasEndedIsNoFailure() throws Exception {
    TestProbe<StepEvent> ended = here.createTestProbe();
    TestProbe<DeadLetter> letters = here.createTestProbe();
    here.system()
        .eventStream()
        .tell(new EventStream.Subscribe<>(DeadLetter.class, letters.getRef()));
    sendLosses(1000);
    receiver.expectMessageClass(StepEvent.Losses.class, SHORT);
    ended.stop();
    ended.getRef().tell(new StepEvent.Updated(1, 1, 1, 1));
    letters.receiveMessage(SHORT);
    sendLosses(200_000);
    String text = failure.get(SHORT.toSeconds(), TimeUnit.SECONDS);
    assertTrue(text.contains("oversized"), text);
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
