package jingwei.bench.transport;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSelection;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Props;

/**
 * Pekko's own route: the bytes are the message, and Artery sends it over TCP from one actor system
 * to another. A message is immutable, so each has a new array.
 */
final class ArteryTcpRoute implements TensorRoute {
  private record Expected(MemorySegment to, Runnable arrived) {}

  private final Queue<Expected> expected = new ConcurrentLinkedQueue<>();
  private final ActorSystem device;
  private final ActorSystem host;
  private final ActorSelection receiver;

  ArteryTcpRoute() {
    Config remote =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.actor.provider", "remote",
                    "pekko.actor.warn-about-java-serializer-usage", "off",
                    "pekko.remote.artery.transport", "tcp",
                    "pekko.remote.artery.canonical.hostname", "127.0.0.1",
                    "pekko.remote.artery.canonical.port", 0,
                    "pekko.remote.artery.advanced.maximum-frame-size", "20 MiB",
                    "pekko.remote.artery.advanced.buffer-pool-size", 16,
                    "pekko.loglevel", "ERROR"))
            .withFallback(ConfigFactory.load());
    device = ActorSystem.create("device", remote);
    host = ActorSystem.create("host", remote);
    ActorRef actor =
        host.actorOf(Props.create(Receiver.class, () -> new Receiver(expected)), "store");
    String address = ((ExtendedActorSystem) host).provider().getDefaultAddress().toString();
    receiver = device.actorSelection(address + actor.path().toStringWithoutAddress());
  }

  private static final class Receiver extends AbstractActor {
    private final Queue<Expected> expected;

    Receiver(Queue<Expected> expected) {
      this.expected = expected;
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder().match(byte[].class, this::onTensor).build();
    }

    private void onTensor(byte[] bytes) {
      Expected next = expected.remove();
      MemorySegment.copy(bytes, 0, next.to, ValueLayout.JAVA_BYTE, 0, bytes.length);
      next.arrived.run();
    }
  }

  @Override
  public String name() {
    return "artery-tcp";
  }

  @Override
  public void send(MemorySegment from, MemorySegment to, Runnable arrived) {
    expected.add(new Expected(to, arrived));
    receiver.tell(from.toArray(ValueLayout.JAVA_BYTE), ActorRef.noSender());
  }

  @Override
  public void close() {
    Routes.end(device);
    Routes.end(host);
  }
}
