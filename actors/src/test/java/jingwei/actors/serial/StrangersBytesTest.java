package jingwei.actors.serial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import jingwei.actors.device.Admission;
import jingwei.actors.node.NodeGuardian;
import jingwei.actors.settings.SystemConfiguration;
import jingwei.actors.step.StepEvent;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.train.SessionEvent;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that no node of ours has sent end in an exception. */
class StrangersBytesTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create("strangers", SystemConfiguration.of(1, true));
  private static final Serialization SERIALIZATION =
      SerializationExtension.get(Adapter.toClassic(KIT.system()));
  private static final Serializer SERIALIZER = serializer();
  private static final CBORMapper CBOR = new CBORMapper();
  private static final long MOST_BYTES = 8 << 20;

  private static Serializer serializer() {
    try {
      return SERIALIZATION.serializerFor(StepEvent.Updated.class);
    } catch (NotSerializableException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterAll
  static void end() {
    KIT.shutdownTestKit();
  }

  private static Object read(byte[] bytes, String manifest) {
    return SERIALIZATION.deserialize(bytes, SERIALIZER.identifier(), manifest).get();
  }

  private static Object sample(Class<?> type) {
    return new Samples(KIT.<Object>createTestProbe().ref(), SampleValues.all()).of(type).getFirst();
  }

  /** Reads bytes that were changed, and says what became of them. */
  private static void refuses(Object message, Consumer<ObjectNode> change) throws IOException {
    byte[] bytes = SERIALIZATION.serialize(message).get();
    JsonNode content = CBOR.readTree(bytes);
    String name = message.getClass().getName();
    assertEquals(name, read(CBOR.writeValueAsBytes(content), name).getClass().getName());
    change.accept((ObjectNode) content);
    byte[] changed = CBOR.writeValueAsBytes(content);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    assertThrows(Exception.class, () -> read(changed, name));
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < MOST_BYTES, taken + " bytes were taken");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "java.lang.ProcessBuilder",
        "java.util.ArrayList",
        "jingwei.model.data.BatchPart",
        "jingwei.actors.train.SessionEvent$Rested",
        "jingwei.actors.node.NodeGuardian$Tick",
        "jingwei.actors.train.TrainingSession$Run",
        "jingwei.actors.device.DenseStage$Begin",
        "jingwei.actors.train.NoSuchClass"
      })
  void aClassThatIsNotOnTheListIsRefused(String manifest) throws IOException {
    byte[] bytes = CBOR.writeValueAsBytes(CBOR.createObjectNode().put("step", 1));
    Exception refusal = assertThrows(Exception.class, () -> read(bytes, manifest));
    assertTrue(
        refusal.getMessage().contains("allowed") || refusal.getMessage().contains("Cannot find"),
        refusal.toString());
    assertThrows(Exception.class, () -> SERIALIZATION.serialize(new SessionEvent.Rested(1)).get());
  }

  @Test
  void aRecordThatASealedInterfaceDoesNotPermitIsRefused() throws IOException {
    refuses(
        sample(NodeGuardian.Failed.class),
        failed -> ((ObjectNode) failed.get("failure")).put("category", "NONE_OF_THEM"));
    Object state = sample(ParameterStore.State.class);
    refuses(state, sent -> ((ObjectNode) sent.get("request")).put("kind", "Describe2"));
    refuses(state, sent -> ((ObjectNode) sent.get("request")).remove("kind"));
    refuses(
        state, sent -> ((ObjectNode) sent.get("request")).put("kind", "java.lang.ProcessBuilder"));
  }

  @Test
  void routesOutOfRangeAreRefused() throws IOException {
    Object take = sample(Admission.Take.class);
    refuses(take, sent -> plan(sent).withArray("order").set(0, 999_999_999));
    refuses(take, sent -> plan(sent).withArray("order").set(0, -1));
    refuses(take, sent -> plan(sent).withArray("order").remove(0));
    refuses(take, sent -> plan(sent).withArray("active").set(0, Integer.MAX_VALUE));
    refuses(take, sent -> plan(sent).withArray("starts").set(1, 999_999_999));
    refuses(take, sent -> plan(sent).remove("order"));
    refuses(take, sent -> routes(sent).withArray("experts").set(0, Integer.MAX_VALUE));
    refuses(take, sent -> routes(sent).withArray("experts").set(0, -5));
    refuses(take, sent -> routes(sent).withArray("experts").add(1));
    refuses(take, sent -> routes(sent).withArray("plans").remove(0));
  }

  @Test
  void routesOfManyLayersWithoutPlansTakeNoMemory() throws IOException {
    Object take = sample(Admission.Take.class);
    refuses(
        take,
        sent -> {
          routes(sent).withArray("plans").removeAll();
          ArrayNode experts = routes(sent).withArray("experts");
          for (int layer = 0; layer < 5000; layer++) {
            experts.add(Short.MAX_VALUE);
          }
        });
  }

  @Test
  void indicesOutOfRangeAreRefused() throws IOException {
    Object take = sample(Admission.Take.class);
    refuses(take, sent -> part(sent).withArray("indices").set(0, -1));
    refuses(take, sent -> part(sent).withArray("indices").set(1, 4));
    refuses(take, sent -> part(sent).withArray("indices").remove(0));
    refuses(take, sent -> part(sent).withArray("microBatches").remove(0));
    refuses(take, sent -> part(sent).withObject("totals").put("replicas", 0));
    refuses(take, sent -> part(sent).withObject("totals").put("microBatches", -4));
    refuses(take, sent -> part(sent).withObject("experts").withArray("devices").remove(0));
    refuses(take, sent -> first(part(sent), "microBatches").withArray("segments").set(1, 7));
    refuses(take, sent -> first(part(sent), "microBatches").withArray("domains").remove(0));
  }

  @Test
  void routeTablesOutOfRangeAreRefused() throws IOException {
    Object start = sample(NodeGuardian.Start.class);
    refuses(start, sent -> table(sent).put("expertsPerDomain", 0));
    refuses(start, sent -> table(sent).put("expertsPerDomain", 1));
    refuses(start, sent -> ((ArrayNode) table(sent).withArray("experts").get(0)).set(0, 5));
    refuses(start, sent -> ((ArrayNode) table(sent).withArray("experts").get(0)).remove(0));
    refuses(start, sent -> sent.withObject("placement").withArray("stages").set(0, 77));
  }

  @Test
  void aTensorOfNegativeSizeIsRefused() throws IOException {
    Object fetch = sample(ParameterStore.Fetch.class);
    refuses(fetch, sent -> sent.withObject("weights").put("elements", -5L));
    refuses(fetch, sent -> sent.withObject("weights").put("elements", Long.MAX_VALUE));
    refuses(fetch, sent -> sent.withObject("weights").put("type", "FLOAT1"));
    refuses(fetch, sent -> sent.withObject("weights").remove("transfer"));
  }

  /** The length of an array stands before it; nothing is taken for what is not there. */
  @Test
  void anArrayThatClaimsToBeLongTakesNoMemory() throws IOException {
    byte[] bytes = SERIALIZATION.serialize(sample(Admission.Take.class)).get();
    byte[] before = "indices".getBytes(StandardCharsets.UTF_8);
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf("indices") + before.length;
    ByteArrayOutputStream claimed = new ByteArrayOutputStream();
    claimed.write(bytes, 0, at);
    // An array of 2^31 - 1 items, of which one follows.
    claimed.write(ByteBuffer.allocate(5).put((byte) 0x9A).putInt(Integer.MAX_VALUE).array());
    claimed.write(1);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long taken = threads.getCurrentThreadAllocatedBytes();
    assertThrows(
        Exception.class, () -> read(claimed.toByteArray(), Admission.Take.class.getName()));
    assertTrue(threads.getCurrentThreadAllocatedBytes() - taken < MOST_BYTES);
  }

  private static ObjectNode part(ObjectNode take) {
    return take.withObject("part");
  }

  private static ObjectNode routes(ObjectNode take) {
    return part(take).withObject("routes");
  }

  private static ObjectNode plan(ObjectNode take) {
    return (ObjectNode) routes(take).withArray("plans").get(0).get(0);
  }

  private static ObjectNode table(ObjectNode start) {
    return first(start.withObject("plan").withObject("model"), "routes");
  }

  private static ObjectNode first(ObjectNode holder, String list) {
    return (ObjectNode) holder.withArray(list).get(0);
  }
}
