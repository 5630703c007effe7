package jingwei.model.checkpoint;

import static jingwei.model.checkpoint.WrittenCheckpoints.keep;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jingwei.model.UserException;
import jingwei.model.data.BatchStream;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.reference.TinyRun;
import jingwei.model.state.ModelState;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointTest {
  @TempDir private Path folder;
  private WrittenCheckpoints checkpoints;

  @BeforeEach
  void setUp() {
    checkpoints = new WrittenCheckpoints(folder);
  }

  @Test
  void writesEveryHeaderInOneOrder() throws IOException {
    Path written = writeOne();
    try (Stream<Path> files = Files.list(written)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
        Matcher tensors = Pattern.compile("\\{\"(\\w+)\":[^{}]*\\}").matcher(header);
        int count = 0;
        while (tensors.find()) {
          String keys = tensors.group().replaceAll("[^a-z_\":,]|\"[A-Z]\\w+\"", "");
          if (!tensors.group(1).equals("format")) {
            assertTrue(keys.startsWith("\"dtype\":,\"shape\":"), file + " " + tensors.group());
            count++;
          }
        }
        assertTrue(count > 0, file.toString());
      }
    }
  }

  @Test
  void resumesWithTheBitsOfAnUninterruptedRun() {
    try (TinyRun whole = new TinyRun();
        TinyRun first = new TinyRun()) {
      BatchStream wholeBatches = TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS);
      BatchStream firstBatches = TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS);
      for (int i = 0; i < 7; i++) {
        whole.trainer.step(wholeBatches.next());
        first.trainer.step(firstBatches.next());
      }
      Path written = checkpoints.write(first, 7, firstBatches.position(), keep(3), 1);
      Checkpoint checkpoint = Checkpoint.open(written);
      try (TinyRun second = new TinyRun(TinyRun.ADAM, checkpoint::load)) {
        BatchStream secondBatches = TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS);
        secondBatches.seek(checkpoint.manifest().run().data().position());
        second.trainer.goOnFrom(first.trainer.before());
        for (int i = 0; i < 20; i++) {
          assertEquals(
              whole.trainer.step(wholeBatches.next()), second.trainer.step(secondBatches.next()));
        }
        assertEquals(TinyRun.fingerprints(whole.model), TinyRun.fingerprints(second.model));
      }
    }
  }

  @Test
  void neverWritesWeightsUnderAnEarlierStep() {
    try (TinyRun run = new TinyRun()) {
      BatchStream batches = TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS);
      run.trainer.step(batches.next());
      run.trainer.step(batches.next());
      assertThrows(IllegalStateException.class, () -> checkpoints.write(run, 1, keep(2)));
    }
  }

  @Test
  void estimatesTheSizeOfACheckpointFromAbove() throws IOException {
    Path written = writeOne();
    long bytes = 0;
    try (Stream<Path> files = Files.list(written)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    long estimate = CheckpointSize.estimate(TinyRun.SHAPE, ElementType.FLOAT32, 0);
    assertTrue(estimate > bytes && estimate < 2 * bytes + (2 << 20), bytes + " " + estimate);
  }

  /**
   * Damages every file in turn: one byte changed, the last byte missing, the whole file missing.
   */
  @Test
  void detectsEveryDamageAndNamesTheFile() throws IOException {
    Path written = writeOne();
    List<Path> files;
    try (Stream<Path> all = Files.list(written)) {
      files = all.sorted().toList();
    }
    assertTrue(files.size() > 5, "files " + files);
    for (Path file : files) {
      byte[] bytes = Files.readAllBytes(file);
      byte[] changed = bytes.clone();
      changed[bytes.length - 3] ^= 4;
      for (byte[] damaged : new byte[][] {changed, Arrays.copyOf(bytes, bytes.length - 1), null}) {
        if (damaged == null) {
          Files.delete(file);
        } else {
          Files.write(file, damaged);
        }
        String message =
            assertThrows(RuntimeException.class, () -> WrittenCheckpoints.readWhole(written))
                .getMessage();
        String name = file.getFileName().toString().replaceFirst("manifest\\..*", "manifest");
        assertTrue(
            message.contains(name) || message.contains("There is no checkpoint at"), message);
        assertThrows(RuntimeException.class, () -> verify(written));
        Files.write(file, bytes);
      }
    }
    WrittenCheckpoints.readWhole(written);
  }

  @Test
  void refusesANewerFormatAndFilesThatAreNoCheckpoint() throws IOException {
    Path written = writeOne();
    Path manifest = written.resolve("manifest.json");
    String text = Files.readString(manifest);
    Files.writeString(
        manifest,
        text.replace("\"formatVersion\" : " + Manifest.FORMAT_VERSION, "\"formatVersion\" : 99"));
    String message =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(written)).getMessage();
    assertTrue(message.contains("99"), message);
    Files.writeString(manifest, text.substring(0, text.length() / 2));
    assertThrows(CheckpointException.class, () -> Checkpoint.open(written));
    assertThrows(UserException.class, () -> Checkpoint.open(folder.resolve("missing")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"older\": [null]}",
        "{\"older\": [0, 0]}",
        "{\"older\": [0, 1]}",
        "{\"older\": [-1]}",
        "{\"older\": [99]}",
        "{\"lastStep\": 99}"
      })
  void believesNoClockThatCannotBe(String change) throws IOException {
    refusesManifest(
        tree ->
            ((ObjectNode) tree.path("owners").elements().next()).setAll((ObjectNode) read(change)));
  }

  @Test
  void refusesImpossiblePositionsAndLosses() throws IOException {
    refusesManifest(tree -> ((ObjectNode) tree.path("dataPosition")).put("step", 1L << 50));
    refusesManifest(tree -> ((ObjectNode) tree.path("evaluation")).putNull("en"));
  }

  private void refusesManifest(Consumer<JsonNode> change) throws IOException {
    Path written = writeOne();
    WrittenCheckpoints.rewriteManifest(
        written,
        text -> {
          JsonNode tree = read(text);
          change.accept(tree);
          return tree.toString();
        });
    assertThrows(CheckpointException.class, () -> Checkpoint.open(written));
  }

  private static JsonNode read(String json) {
    try {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void refusesImpossibleLengthsInAHeader() throws IOException {
    Path file = folder.resolve("lies.safetensors");
    String[] headers = {
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,17]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[5],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[8,4]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,4],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}",
      "{\"a\":{\"dtype\":\"Q8\",\"shape\":[4],\"data_offsets\":[0,16]}}",
      "not JSON"
    };
    for (String header : headers) {
      writeFile(file, header.length(), header);
      assertThrows(CheckpointException.class, () -> read(file), header);
    }
    for (long length : new long[] {-1, 1, 1L << 40, Long.MAX_VALUE}) {
      writeFile(file, length, headers[0]);
      assertThrows(CheckpointException.class, () -> read(file));
    }
    Files.write(file, new byte[5]);
    assertThrows(CheckpointException.class, () -> read(file));
  }

  private static void writeFile(Path file, long headerLength, String header) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + 16).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(headerLength).put(header.getBytes(StandardCharsets.UTF_8));
    Files.write(file, bytes.array());
  }

  /** The checksum of an untrusted manifest is right, but all its values must still be checked. */
  @ParameterizedTest
  @CsvSource({
    "'\"width\" : 16', '\"width\" : 160000'",
    "'\"width\" : 16', '\"width\" : 2147483646'",
    "'\"vocabulary\" : 32', '\"vocabulary\" : 2147483647'",
    "'\"vocabulary\" : 32', '\"vocabulary\" : 31'",
    "'\"denseBlocks\" : 1', '\"denseBlocks\" : 2000000000'",
    "'\"routedBlocks\" : 2', '\"routedBlocks\" : 1'",
    "'\"routedBlocks\" : 2', '\"routedBlocks\" : 2000000000'",
    "'\"expertsPerDomain\" : 2', '\"expertsPerDomain\" : 16000'",
    "'\"innerWidth\" : 32', '\"innerWidth\" : -1'",
    "'\"elementType\" : \"FLOAT32\"', '\"elementType\" : \"FLOAT64\"'",
    "'\"elementType\" : \"FLOAT32\"', '\"elementType\" : \"FLOAT16\"'",
    "'\"dense.safetensors\"', '\"../dense.safetensors\"'",
    "'\"dense.safetensors\"', '\"/etc/hostname\"'",
    "'\"domains\" : [ \"a\", \"b\" ]', '\"domains\" : null'",
    "'\"domains\" : [ \"a\", \"b\" ]', '\"domains\" : [ \"a\" ]'",
    "'\"step\" : 1,', '\"step\" : -1,'",
    "'\"embedding\" : {', '\"embeddings\" : {'",
    "'\"seed\" : 1', '\"seed\" : 1, \"run\" : \"rm\"'",
    "'\"kernels\" : \"kernels\",', ''"
  })
  void believesNothingInAManifest(String before, String after) throws IOException {
    Path written = writeOne();
    WrittenCheckpoints.rewriteManifest(
        written,
        text -> {
          assertTrue(text.contains(before), text);
          return text.replaceFirst(Pattern.quote(before), Matcher.quoteReplacement(after));
        });
    try (NativeMemory small = new NativeMemory("small", 1 << 20)) {
      String message =
          assertThrows(
                  CheckpointException.class,
                  () -> {
                    try (Checkpoint opened = Checkpoint.open(written)) {
                      opened.load(small);
                    }
                  })
              .getMessage();
      assertTrue(message.contains(written.getFileName().toString()), message);
      assertEquals(0, small.usedBytes(), "memory was taken before the files were compared");
    }
    assertThrows(CheckpointException.class, () -> verify(written));
  }

  /** Other programs and earlier versions rely on these keys in one flat object. */
  @Test
  void keepsTheKeysOfItsManifest() throws IOException {
    JsonNode manifest = read(Files.readString(writeOne().resolve("manifest.json")));
    assertEquals(
        "[formatVersion, step, appliedSteps, tokens, gradNorm, history, refusedSteps, seed, shape, "
            + "elementType, domains, routeChecksums, kernels, configuration, dataFingerprint, "
            + "dataPosition, evaluation, initialSeed, owners, files]",
        keys(manifest));
    assertEquals(
        "{\"vocabulary\":32,\"context\":16,\"width\":16,\"heads\":2,\"innerWidth\":32,"
            + "\"denseBlocks\":1,\"routedBlocks\":2,\"domains\":2,\"expertsPerDomain\":2,"
            + "\"queryLayer\":true}",
        manifest.path("shape").toString());
    assertEquals("[losses, norms]", keys(manifest.path("history")));
    assertEquals("[9]", manifest.path("refusedSteps").toString());
    assertEquals("[step, streams, schedule]", keys(manifest.path("dataPosition")));
    assertEquals(
        "[updates, lastStep, lastApplied, older]", keys(manifest.path("owners").path("embedding")));
    assertEquals("[bytes, crc32c]", keys(manifest.path("files").path("dense.safetensors")));
  }

  private static String keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys.toString();
  }

  /** Manifests of version 3 have no count of applied steps, and those of 4 no initial seed. */
  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void readsEarlierFormats(int version) throws IOException {
    Path written;
    List<Integer> weights;
    try (TinyRun run = new TinyRun()) {
      run.model.startFrom(run.model.initialWeights(), owner -> false);
      written = checkpoints.write(run, 1, keep(2));
      weights = TinyRun.fingerprints(run.model);
    }
    WrittenCheckpoints.rewriteManifest(
        written,
        text ->
            text.replace("\"formatVersion\" : 5", "\"formatVersion\" : " + version)
                .replaceAll("\"initialSeed\" : \\d+,", "")
                .replaceAll(version == 3 ? "\"appliedSteps\" : \\d+," : "none", "")
                .replaceAll(version == 3 ? "\"lastApplied\" : \\d+," : "none", ""));
    try (Checkpoint opened = Checkpoint.open(written);
        NativeMemory memory = NativeMemory.unbounded("test")) {
      assertEquals(version, opened.manifest().formatVersion());
      assertEquals(1, opened.manifest().run().before().applied());
      ModelState loaded = opened.load(memory);
      assertEquals(weights, TinyRun.fingerprints(loaded));
      for (int owner = 0; owner < loaded.states().size(); owner++) {
        assertFalse(loaded.isInitial(owner), "nothing says how its weights were drawn");
      }
    }
  }

  /** After one step, so that experts are stored. */
  private Path writeOne() {
    try (TinyRun run = new TinyRun()) {
      run.trainer.step(TinyRun.batches(4, 2, WrittenCheckpoints.DOCUMENTS).next());
      return checkpoints.write(run, 1, keep(2));
    }
  }

  private static void verify(Path checkpoint) {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      opened.verify();
    }
  }

  private static void read(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      new SafetensorsReader(file, MappedFile.map(file, arena));
    }
  }
}
