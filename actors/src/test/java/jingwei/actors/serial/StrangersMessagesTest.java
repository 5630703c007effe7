package jingwei.actors.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.StepEvent;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.Kill;
import org.apache.pekko.actor.PoisonPill;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a process that reaches the port of a node can do to its actors. */
class StrangersMessagesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final ActorTestKit node = ActorTestKit.create("node", SystemConfiguration.of(1, true));
  private final ActorTestKit stranger =
      ActorTestKit.create("stranger", SystemConfiguration.of(1, true));

  @AfterEach
  void end() {
    stranger.shutdownTestKit();
    node.shutdownTestKit();
  }

  @Test
  void itNeitherEndsAnActorNorSearchesForOne() {
    TestProbe<StepEvent> actor = node.createTestProbe();
    String address = ActorRefResolver.get(node.system()).toSerializationFormat(actor.getRef());
    ActorRef reference =
        Adapter.toClassic(
            ActorRefResolver.get(stranger.system()).<StepEvent>resolveActorRef(address));
    ActorSelection selection =
        Adapter.toClassic(stranger.system()).actorSelection(address.replaceAll("#.*", ""));
    for (Object ending : new Object[] {PoisonPill.getInstance(), Kill.getInstance()}) {
      reference.tell(ending, ActorRef.noSender());
      selection.tell(ending, ActorRef.noSender());
    }
    selection.tell(new StepEvent.Updated(1, 1, 1, 1), ActorRef.noSender());
    // Messages to one node keep their order.
    StepEvent last = new StepEvent.Updated(1, 2, 1, 1);
    reference.tell(last, ActorRef.noSender());
    assertEquals(last, actor.receiveMessage(PATIENCE));
  }
}
