package jingwei.actors.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.TokenLosses;
import jingwei.actors.transport.TensorTransport;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.apache.pekko.serialization.jackson.JacksonCborSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every message passes the serializer of a session with several nodes. */
class SerializationTest {
  /** As nodes are configured, but messages that stay inside a node have a serializer, too. */
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          "messages",
          ConfigFactory.parseResources("inside-a-node.conf")
              .withFallback(SystemConfiguration.of(1, true)));

  private static final ActorTestKit NODE =
      ActorTestKit.create("node", SystemConfiguration.of(1, true));
  private static final Serialization SERIALIZATION = serialization(KIT);
  private static final Serialization OF_NODE = serialization(NODE);

  private static Serialization serialization(ActorTestKit kit) {
    return SerializationExtension.get(Adapter.toClassic(kit.system()));
  }

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
    NODE.shutdownTestKit();
  }

  /** Library messages are excluded: adapters wrap them. */
  static List<Class<?>> messages() throws IOException {
    return Protocols.messages(TensorTransport.class).stream()
        .filter(type -> type.getName().startsWith("jingwei."))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void comesBackAsItWas(Class<?> type) throws Exception {
    ActorRef<Object> reference = KIT.<Object>createTestProbe().ref();
    List<?> samples = new Samples(reference, SampleValues.all()).of(type);
    assertTrue(!samples.isEmpty());
    for (Object sample : samples) {
      Serializer serializer = serializer(SERIALIZATION, sample);
      byte[] bytes = SERIALIZATION.serialize(sample).get();
      String manifest = Serializers.manifestFor(serializer, sample);
      Object back = SERIALIZATION.deserialize(bytes, serializer.identifier(), manifest).get();
      assertEquals(Contents.of(sample), Contents.of(back));
    }
  }

  /** A message without an incarnation stays inside its node: no other node can make it. */
  @ParameterizedTest
  @MethodSource("messages")
  void leavesItsNodeOnlyIfItBelongsToASession(Class<?> type) throws Exception {
    Object sample =
        new Samples(KIT.<Object>createTestProbe().ref(), SampleValues.all()).of(type).getFirst();
    if (sample instanceof OfSession) {
      serializer(OF_NODE, sample);
      return;
    }
    byte[] bytes = SERIALIZATION.serialize(sample).get();
    Serializer serializer = serializer(SERIALIZATION, sample);
    String manifest = Serializers.manifestFor(serializer, sample);
    assertThrows(Exception.class, () -> OF_NODE.serialize(sample).get());
    assertThrows(
        Exception.class, () -> OF_NODE.deserialize(bytes, serializer.identifier(), manifest).get());
  }

  /** A message without a serializer is found. */
  private static Serializer serializer(Serialization serialization, Object message)
      throws NotSerializableException {
    Serializer serializer = serialization.findSerializerFor(message);
    assertInstanceOf(JacksonCborSerializer.class, serializer, message.getClass().getName());
    return serializer;
  }

  private record NotListed(long step) {}

  /** Enums would pass Java's serialization, if it were on. */
  private enum NotListedEither {
    ONE
  }

  @Test
  void findsAMessageWithoutASerializer() {
    assertThrows(NotSerializableException.class, () -> serializer(SERIALIZATION, new NotListed(1)));
    assertThrows(AssertionError.class, () -> serializer(SERIALIZATION, NotListedEither.ONE));
  }

  @Test
  void findsTheMessagesOfAllActors() throws IOException {
    Set<String> found = messages().stream().map(Class::getName).collect(Collectors.toSet());
    List<String> missing = new ArrayList<>();
    for (String name :
        List.of(
            "device.Admission$Take",
            "device.Admission$Closed",
            "device.DeviceScheduler$Act",
            "node.NodeGuardian$Failed",
            "state.StateReply$Ready",
            "step.StepEvent$Measured",
            "store.ParameterStore$Moved",
            "store.ParameterStore$Applied",
            "store.StoreUpdater$Joined",
            "train.TrainingSession$Wanted",
            "transport.TensorTransport$Arrived",
            "transport.TransportCounters")) {
      if (!found.contains("jingwei.actors." + name)) {
        missing.add(name);
      }
    }
    assertEquals(List.of(), missing);
  }

  /** A comparison that finds nothing would let every message pass. */
  @Test
  void comparesContents() {
    assertNotEquals(losses(1, Double.NaN), losses(1, 2));
    assertEquals(losses(1, Double.NaN), losses(1, Double.NaN));
    assertNotEquals(losses(1, 2), losses(2, 1));
  }

  private static String losses(double... values) {
    return Contents.of(new TokenLosses(values));
  }
}
