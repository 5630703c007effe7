package jingwei.cluster.cli;

import static jingwei.cluster.cli.TinyCommands.MAPPER;
import static jingwei.cluster.cli.TinyCommands.call;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jingwei.cluster.cli.TinyCommands.Output;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad input gives one sentence with the problem, its location and a remedy. Nothing is lost, and
 * there is no stack trace.
 */
@Timeout(120)
class BadInputTest {
  @TempDir private Path folder;
  private TinyCommands commands;

  @BeforeEach
  void setUp() {
    commands = new TinyCommands(folder);
  }

  static Stream<Arguments> badRows() {
    return Stream.of(
        Arguments.of("{\"text\": \"cut", "not JSON"),
        Arguments.of("{\"text\": \"one\"} {\"text\": \"two\"}", "not JSON"),
        Arguments.of("[1, 2]", "not a JSON object"),
        Arguments.of("{\"text\": \"\"}", "empty"),
        Arguments.of("{\"text\": \" \\t \\n \"}", "empty"),
        Arguments.of("{\"text\": \"\\u0000\"}", "empty"),
        Arguments.of("{\"text\": \"half a pair \\ud83d\"}", "surrogate"),
        Arguments.of("{\"text\": \"\u00ff\"}", "not UTF-8"), // written as one byte
        Arguments.of("{\"other\": \"x\"}", "no field 'text'"),
        Arguments.of("{\"text\": 7}", "not a string"),
        Arguments.of("{\"text\": \"one\"\u0000}", "not JSON"));
  }

  /** The row is skipped and logged with its location; the run trains on the others. */
  @ParameterizedTest
  @MethodSource("badRows")
  void leavesOutOneBadRowAndSaysWhere(String row, String reason) throws IOException {
    Path file = rows(40, row);
    Path run = folder.resolve("run");
    Output trained = commands.train(run, 2, List.of("en=" + file));
    assertEquals(0, trained.exitCode(), trained.err());
    List<String> rejected = Files.readAllLines(run.resolve("rejected.jsonl"));
    assertEquals(1, rejected.size(), rejected.toString());
    JsonNode line = MAPPER.readTree(rejected.getFirst());
    assertEquals(file.toString(), line.path("file").asText());
    assertEquals(41, line.path("line").asInt());
    assertTrue(line.path("byte").asInt() > 400, rejected.getFirst());
    assertTrue(line.path("reason").asText().contains(reason), rejected.getFirst());
    assertTrue(trained.err().contains("rejected 1 of 41 rows"), trained.err());

    Output strict =
        commands.train(
            folder.resolve("strict"), 2, List.of("en=" + file), "--set", "data.onRejected=stop");
    assertSaid(2, strict, "rows.jsonl line 41", "data.onRejected = skip");
  }

  @Test
  void aRunInOneProcessHasNoSecondDisk() throws IOException {
    Path run = folder.resolve("run");
    Output output =
        commands.train(run, 2, List.of("en=" + rows(4, "")), "--set", "checkpoint.copies=2");

    assertSaid(2, output, "checkpoint.copies = 2", "submit a session to a cluster");
    assertFalse(Files.exists(run));
  }

  @Test
  void readsMarksAndLineEndsOfOtherSystems() throws IOException {
    Path file = folder.resolve("rows.jsonl");
    StringBuilder text = new StringBuilder("\uFEFF");
    for (int i = 0; i < 40; i++) {
      text.append("{\"text\": \"the row %d\"}\r\n\r\n".formatted(i));
    }
    Files.writeString(file, text);
    Output trained = commands.train(folder.resolve("run"), 2, List.of("en=" + file));
    assertEquals(0, trained.exitCode(), trained.err());
    assertFalse(Files.exists(folder.resolve("run/rejected.jsonl")));
  }

  @Test
  void endsWhenTooManyRowsAreUnusableAndKeepsTheirList() throws IOException {
    Path file = rows(10, "broken\nbroken\nbroken");
    Path run = folder.resolve("run");
    Output output = commands.train(run, 2, List.of("en=" + file));
    assertSaid(2, output, "3 of 13 rows cannot be used", "data.maxRejectedShare");
    assertEquals(3, Files.readAllLines(run.resolve("rejected.jsonl")).size());
    assertEquals(
        0,
        commands
            .train(run, 2, List.of("en=" + file), "--set", "data.maxRejectedShare=0.5")
            .exitCode(),
        "the folder holds no run yet");
  }

  @Test
  void keepsTheListOfTheRunWhenAResumeIsRefused() throws IOException {
    Path run = folder.resolve("run");
    String trained = "en=" + rows(30, "broken");
    assertEquals(0, commands.train(run, 6, List.of(trained)).exitCode());
    byte[] list = Files.readAllBytes(run.resolve("rejected.jsonl"));
    for (String other : List.of("", "broken as well\nand this")) {
      Path file = Files.move(rows(31, other), folder.resolve("other" + other.length() + ".jsonl"));
      Output refused =
          commands.train(
              run,
              12,
              List.of("en=" + file),
              "--resume",
              "latest",
              "--set",
              "data.maxRejectedShare=0.5");
      assertSaid(2, refused, "not the one that the run was trained on");
      assertArrayEquals(list, Files.readAllBytes(run.resolve("rejected.jsonl")));
    }
  }

  @Test
  void namesMissingUnreadableAndUselessFiles() throws IOException {
    Path run = folder.resolve("run");
    for (String name : List.of("missing.jsonl", "blank.txt", "picture.png", "fake.parquet")) {
      if (!name.startsWith("missing")) {
        Files.writeString(folder.resolve(name), " \n ");
      }
      Output output = commands.train(run, 2, List.of("en=" + folder.resolve(name)));
      assertSaid(2, output, name);
      assertFalse(Files.exists(run), "a folder was left for a run that never began");
    }
    // Reading this file from its beginning fails, even for the superuser.
    Path closed =
        Files.createSymbolicLink(folder.resolve("closed.jsonl"), Path.of("/proc/self/mem"));
    assertSaid(2, commands.train(run, 2, List.of("en=" + closed)), "closed.jsonl cannot be read");
  }

  @Test
  void namesWrongConfiguration() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    String[][] values = {
      {"model.widht=3", "'model.widht'", "'model.width'"},
      {"spike.acton=skip", "'spike.action'"},
      {"spike.action=explode", "log, skip, rollback"},
      {"seed=many", "seed"},
      {"batch.rows=2.5", "batch.rows = 2.5"},
      {"learningRate.peak=-1", "learningRate.peak = -1"},
      {"checkpoint.keep=0", "checkpoint.keep = 0"},
      {"device.memory=lots", "device.memory"},
      {"data.onRejected=maybe", "skip, stop"},
      {"data.maxRejectedShare=7", "data.maxRejectedShare"},
      {"data.partBytes=1", "data.partBytes"},
      {"data.deadline=0 s", "data.deadline"},
      {"model.heads=5", "heads"},
      {"lanes=0", "lanes"},
      {"transport.folder=/dev/null/no", "/dev/null/no", "transport.folder"}
    };
    for (String[] value : values) {
      Output output = commands.train(run, 2, data, "--set", value[0]);
      assertSaid(2, output, Arrays.copyOfRange(value, 1, value.length));
      assertFalse(Files.exists(run), value[0] + " left a folder");
    }
  }

  @Test
  void saysNeededAndAvailableBytesBeforeAnythingIsMade() throws IOException {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    assertSaid(
        2,
        commands.train(run, 2, data, "--set", "device.memory=1 MiB"),
        "device.memory is too small",
        "1,048,576 bytes available");
    assertSaid(
        2,
        commands.train(run, 2, data, "--set", "host.memory=10 KiB"),
        "host.memory is too small",
        "10,240 bytes available");
    assertSaid(
        2,
        commands.train(run, 2, data, "--set", "model.innerWidth=20000000"),
        "The machine's memory is too small",
        "bytes needed at least");
    assertSaid(
        2,
        commands.train(run, 2, data, "--set", "model.innerWidth=100000000"),
        "weights",
        "model.innerWidth");
    assertFalse(Files.exists(run));
  }

  @Test
  void refusesAFolderThatCannotBeWrittenTo() throws IOException {
    List<String> data = commands.writeTexts();
    Path file = Files.writeString(folder.resolve("file"), "");
    assertSaid(2, commands.train(file.resolve("run"), 2, data), "cannot be written to", "--run");
    assertSaid(2, commands.train(Path.of("/proc/run"), 2, data), "/proc/run cannot be written to");
  }

  @Test
  void refusesASecondRunInOneFolder() throws Exception {
    List<String> data = commands.writeTexts();
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, data).exitCode());
    KilledRuns others = new KilledRuns(folder, 100_000, "checkpoint.every=0");
    Path busy = folder.resolve("busy");
    Process other = others.start(busy, data);
    try {
      CountDownLatch trains = new CountDownLatch(1);
      while (other.isAlive() && trains.getCount() > 0) {
        if (Files.exists(busy.resolve("metrics.jsonl"))) {
          trains.countDown();
        }
        trains.await(10, TimeUnit.MILLISECONDS);
      }
      Output second = call("train", "--run", busy.toString(), "--resume", "latest");
      assertSaid(2, second, "Another run is at work in " + busy);
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertSaid(2, commands.train(run, 6, data), "already holds a run");
  }

  /** A limit on file sizes simulates a disk that fills up during the run. */
  @Test
  void endsWithASentenceOnAFullDiskAndResumesWhenThereIsRoom() throws Exception {
    List<String> data = commands.writeTexts();
    Path whole = folder.resolve("whole");
    assertEquals(0, commands.train(whole, 40, data, "--set", "checkpoint.every=10").exitCode());
    KilledRuns limited =
        new KilledRuns(folder, 40, "checkpoint.every=10", "transport.local=handover");
    Path run = folder.resolve("run");
    Process process = limited.startWithFileLimit(run, data, 24 * 1024);
    assertEquals(3, process.waitFor());
    String output = Files.readString(folder.resolve("output"));
    assertTrue(output.contains("The run ended after step"), output);
    assertFalse(output.contains("\tat "), output);
    Output resumed = call("train", "--run", run.toString(), "--resume", "latest");
    assertEquals(0, resumed.exitCode(), resumed.err());
    assertEquals(TinyCommands.losses(whole), TinyCommands.losses(run));
  }

  @Test
  void namesWhatIsWrongWithACheckpoint() throws IOException {
    Path run = folder.resolve("run");
    assertEquals(0, commands.train(run, 6, commands.writeTexts()).exitCode());
    Path checkpoint = run.resolve("checkpoints/step-00000006");
    Path dense = checkpoint.resolve("dense.safetensors");
    Path manifest = checkpoint.resolve("manifest.json");
    byte[] good = Files.readAllBytes(dense);
    byte[] lying = good.clone();
    Arrays.fill(lying, 0, 8, (byte) 0x7F); // the header's length
    byte[] changed = good.clone();
    changed[good.length - 1] ^= 1;
    List<byte[]> damaged =
        List.of(
            lying,
            changed,
            Arrays.copyOf(good, good.length / 2),
            "something else".getBytes(StandardCharsets.UTF_8),
            new byte[0]);
    for (byte[] bytes : damaged) {
      Files.write(dense, bytes);
      for (String[] command : readers(run)) {
        assertSaid(3, call(command), "dense.safetensors");
      }
    }
    Files.write(dense, good);
    String text = Files.readString(manifest);
    for (String other :
        List.of(
            text.replaceFirst("\"formatVersion\" : \\d+", "\"formatVersion\" : 99"),
            text.replaceFirst("\"step\" : 6", "\"step\" : 7"),
            text.substring(0, 200),
            "{}")) {
      Files.writeString(manifest, other);
      for (String[] command : readers(run)) {
        assertSaid(3, call(command), "manifest.json");
      }
    }
    Files.writeString(manifest, text);
    for (String[] command : readers(run)) {
      assertEquals(0, call(command).exitCode());
    }
  }

  @Test
  void reportsTooLittleRoomForTensorBuffers() throws IOException {
    Output output =
        commands.train(
            folder.resolve("run"),
            2,
            commands.writeTexts(),
            "--set",
            "transport.folder=" + folder.resolve("missing"));
    assertSaid(2, output, "missing", "bytes needed", "transport.termBytes");
  }

  private static List<String[]> readers(Path run) {
    String path = run.toString();
    return List.of(
        new String[] {"eval", "--checkpoint", path},
        new String[] {"generate", "--checkpoint", path, "--domain", "en", "--tokens", "1"},
        new String[] {"model", "inspect", "--checkpoint", path},
        new String[] {"train", "--run", path, "--resume", "latest"});
  }

  private static void assertSaid(int exitCode, Output output, String... parts) {
    assertEquals(exitCode, output.exitCode(), output.err());
    assertFalse(output.err().contains("\tat "), output.err());
    String sentence = output.err().strip().lines().toList().getLast();
    for (String part : parts) {
      assertTrue(sentence.contains(part), part + " is not in: " + output.err());
    }
    assertTrue(sentence.endsWith("."), sentence);
  }

  /** Writes good rows, then one bad row, byte by byte. */
  private Path rows(int good, String bad) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < good; i++) {
      lines.add("{\"text\": \"the row %d\"}".formatted(i));
    }
    lines.add(bad);
    return Files.write(
        folder.resolve("rows.jsonl"),
        (String.join("\n", lines) + "\n").getBytes(StandardCharsets.ISO_8859_1));
  }
}
