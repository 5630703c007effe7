package jingwei.bench.transport;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.link.LinkSettings;
import jingwei.actors.link.LinkSpeed;
import org.apache.pekko.actor.ActorSystem;

/** The routes that are compared, the product's own first. */
final class Routes {
  private static final long END_SECONDS = 30;

  private Routes() {}

  static List<Supplier<TensorRoute>> all() {
    return List.of(
        AeronIpcRoute::new,
        DriverProcessRoute::ipc,
        DriverProcessRoute::udp,
        AeronUdpRoute::new,
        ArteryTcpRoute::new);
  }

  /** The product's own route over a link of this speed, one way and both ways at once. */
  static List<Supplier<TensorRoute>> slowed(LinkSpeed speed) {
    LinkSettings link = LinkSettings.both(speed);
    return List.of(
        () -> new AeronIpcRoute("link-one-way", link, LinkDirection.TO_HOST),
        () ->
            new AeronIpcRoute(
                "link-both-ways", link, LinkDirection.TO_DEVICE, LinkDirection.TO_HOST));
  }

  static void end(ActorSystem system) {
    system.terminate();
    await(system.getWhenTerminated());
  }

  static void end(org.apache.pekko.actor.typed.ActorSystem<?> system) {
    system.terminate();
    await(system.getWhenTerminated());
  }

  private static void await(CompletionStage<?> end) {
    end.toCompletableFuture().orTimeout(END_SECONDS, TimeUnit.SECONDS).join();
  }
}
