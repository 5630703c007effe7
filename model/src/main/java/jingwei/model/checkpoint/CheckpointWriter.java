package jingwei.model.checkpoint;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import jingwei.model.decoder.Owner;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.WrittenFile;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.OwnerClock;
import jingwei.model.state.StateSource;

/** Writes the files of one checkpoint into an empty folder and forces each to disk. */
final class CheckpointWriter {
  private final Path folder;
  private final TrainingState training;
  private final StateSource states;
  private final Map<String, WrittenFile> files = new LinkedHashMap<>();
  private final Map<String, OwnerClock> clocks = new LinkedHashMap<>();

  CheckpointWriter(Path folder, TrainingState training) {
    this.folder = folder;
    this.training = training;
    this.states = training.states();
  }

  /**
   * Writes all files; the manifest comes last, followed by its checksum. The state of each owner is
   * asked for once, and that of an initial expert not at all.
   */
  void write() throws IOException {
    for (Map.Entry<String, List<Integer>> shard : Shards.of(states.decoder()).entrySet()) {
      shard(shard.getKey(), shard.getValue());
    }
    List<RouteTable> routes = states.routes();
    if (!routes.isEmpty()) {
      routes(routes);
    }
    files.put(
        Shards.TOKENIZER,
        DurableFile.write(folder.resolve(Shards.TOKENIZER), training.tokenizer()));
    Manifest manifest =
        new Manifest(
            Manifest.FORMAT_VERSION,
            training.run(),
            new Manifest.Model(
                states.decoder().shape(),
                states.type(),
                routes.stream().map(RouteTable::crc32c).toList(),
                states.initialWeights(),
                clocks),
            files);
    String text = ManifestJson.write(manifest);
    DurableFile.write(folder.resolve(Shards.MANIFEST), text);
    DurableFile.write(
        folder.resolve(Shards.MANIFEST_CHECKSUM),
        Manifest.checksum(text.getBytes(StandardCharsets.UTF_8)));
    DurableFile.forceFolder(folder);
  }

  private void shard(String name, List<Integer> owners) throws IOException {
    SequencedMap<Integer, OwnerClock> clocksOfShard = new LinkedHashMap<>();
    for (int owner : owners) {
      if (states.isInitial(owner)) {
        continue;
      }
      OwnerClock clock = states.clock(owner);
      Owner named = states.decoder().owners().get(owner);
      if (clock.lastStep() > training.step()) {
        throw new IllegalStateException(
            "owner=%s lastStep=%d checkpoint of step=%d"
                .formatted(named.name(), clock.lastStep(), training.step()));
      }
      clocksOfShard.put(owner, clock);
      clocks.put(named.name(), clock);
    }
    if (!clocksOfShard.isEmpty()) {
      files.putAll(new ShardWriter(states, clocksOfShard).write(folder, name));
    }
  }

  private void routes(List<RouteTable> routes) throws IOException {
    Map<String, TensorEntry> entries = new LinkedHashMap<>();
    for (int layer = 0; layer < routes.size(); layer++) {
      for (int domain = 0; domain < routes.get(layer).domains(); domain++) {
        entries.put(
            Shards.routeTensor(layer, domain),
            TensorEntry.ofShorts(routes.get(layer).expertsOf(domain).length));
      }
    }
    try (SafetensorsWriter writer = new SafetensorsWriter(folder.resolve(Shards.ROUTES), entries)) {
      for (RouteTable table : routes) {
        for (int domain = 0; domain < table.domains(); domain++) {
          writer.append(littleEndian(table.expertsOf(domain)));
        }
      }
      files.put(Shards.ROUTES, writer.finish());
    }
  }

  private static MemorySegment littleEndian(short[] values) {
    byte[] bytes = new byte[Short.BYTES * values.length];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().put(values);
    return MemorySegment.ofArray(bytes);
  }
}
