package jingwei.bench;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import jingwei.actors.device.StageOwner;
import jingwei.actors.store.ParameterStore;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.Serialization$;
import org.apache.pekko.serialization.jackson.JacksonObjectMapperProvider;
import org.apache.pekko.serialization.jackson.JacksonSerializer;

/**
 * The serializer of messages between nodes, with counters for all actor systems of the process. An
 * actor system makes it, as a property names it.
 */
public final class CountingSerializer extends JacksonSerializer {
  /** Replaces the serializer that the configuration of nodes names. */
  private static final String PROPERTY = "pekko.actor.serializers.jackson-cbor";

  private static final Map<Class<?>, Sent> SENT = new ConcurrentHashMap<>();

  /**
   * The messages of one class.
   *
   * @param bytes of all of them
   * @param tensorBytes of the tensors that they announce, which Aeron carries
   * @param sample one of them
   * @param serializer that wrote it
   */
  public record Sent(
      LongAdder count,
      LongAdder bytes,
      LongAdder tensorBytes,
      Object sample,
      CountingSerializer serializer) {}

  public CountingSerializer(ExtendedActorSystem system, String bindingName) {
    super(
        system,
        bindingName,
        JacksonObjectMapperProvider.get(system)
            .getOrCreate(bindingName, Optional.of(new CBORFactory())));
  }

  /** Actor systems that are started from now on use it, until {@link #uninstall}. */
  public static void install() {
    System.setProperty(PROPERTY, CountingSerializer.class.getName());
    ConfigFactory.invalidateCaches();
  }

  /** Actor systems use the product's serializer again. */
  public static void uninstall() {
    System.clearProperty(PROPERTY);
    ConfigFactory.invalidateCaches();
  }

  /** Counts from zero. */
  public static void reset() {
    SENT.clear();
  }

  /** What was sent since, the most frequent first. */
  public static List<Sent> sent() {
    return SENT.values().stream()
        .sorted((a, b) -> Long.compare(b.count.sum(), a.count.sum()))
        .toList();
  }

  @Override
  public byte[] toBinary(Object message) {
    byte[] bytes = super.toBinary(message);
    Sent sent =
        SENT.computeIfAbsent(
            message.getClass(),
            type -> new Sent(new LongAdder(), new LongAdder(), new LongAdder(), message, this));
    sent.count.increment();
    sent.bytes.add(bytes.length);
    sent.tensorBytes.add(announced(message));
    return bytes;
  }

  /** Bytes of the tensor that a message asks for or announces; each tensor has one such message. */
  static long announced(Object message) {
    return switch (message) {
      case ParameterStore.Fetch fetch -> fetch.weights().bytes();
      case ParameterStore.FetchPartial fetch -> fetch.sums().bytes();
      case ParameterStore.KeepPartial keep -> keep.sums().bytes();
      case ParameterStore.TakeGradient take -> take.gradient().bytes();
      case StageOwner.SendWeights send -> send.weights().bytes();
      case StageOwner.TakeReplica take -> take.gradient().bytes();
      default -> 0;
    };
  }

  /** Writes without counting. */
  byte[] write(Object message) {
    return Serialization$.MODULE$.withTransportInformation(system(), () -> super.toBinary(message));
  }

  /** Reads what was written. */
  Object read(byte[] bytes, String manifest) {
    return Serialization$.MODULE$.withTransportInformation(
        system(), () -> super.fromBinary(bytes, manifest));
  }
}
