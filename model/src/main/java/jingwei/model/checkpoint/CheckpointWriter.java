package jingwei.model.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.checkpoint.Manifest.OwnerClock;
import jingwei.model.disk.DurableFile;
import jingwei.model.disk.WrittenFile;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/** Writes the files of one checkpoint into an empty folder and forces each to disk. */
final class CheckpointWriter {
  private final Path folder;
  private final Map<String, WrittenFile> files = new LinkedHashMap<>();
  private final Map<String, OwnerClock> clocks = new LinkedHashMap<>();
  private long step;

  CheckpointWriter(Path folder) {
    this.folder = folder;
  }

  /** Writes all files; the manifest comes last, followed by its checksum. */
  void write(TrainingState state) throws IOException {
    step = state.step();
    for (Map.Entry<String, List<WeightHistory>> shard : Shards.of(state.model()).entrySet()) {
      shard(shard.getKey(), shard.getValue());
    }
    List<RouteTable> routes = state.model().routes();
    if (!routes.isEmpty()) {
      routes(routes);
    }
    files.put(
        Shards.TOKENIZER, DurableFile.write(folder.resolve(Shards.TOKENIZER), state.tokenizer()));
    Manifest manifest =
        new Manifest(
            Manifest.FORMAT_VERSION,
            state.run(),
            new Manifest.Model(
                state.model().decoder().shape(),
                state.model().type(),
                routes.stream().map(RouteTable::crc32c).toList(),
                clocks),
            files);
    String text = ManifestJson.write(manifest);
    DurableFile.write(folder.resolve(Shards.MANIFEST), text);
    DurableFile.write(
        folder.resolve(Shards.MANIFEST_CHECKSUM),
        Manifest.checksum(text.getBytes(StandardCharsets.UTF_8)));
    DurableFile.forceFolder(folder);
  }

  private void shard(String name, List<WeightHistory> histories) throws IOException {
    Map<String, TensorEntry> weights = new LinkedHashMap<>();
    Map<String, TensorEntry> moments = new LinkedHashMap<>();
    Map<String, TensorEntry> versions = new LinkedHashMap<>();
    for (WeightHistory history : histories) {
      OwnerState owner = history.state();
      if (owner.lastStep() > step) {
        throw new IllegalStateException(
            "owner=%s lastStep=%d checkpoint of step=%d"
                .formatted(owner.owner().name(), owner.lastStep(), step));
      }
      Shards.putAll(weights, owner, owner.weights(), "");
      Shards.putAll(moments, owner, owner.firstMoment(), ".m");
      Shards.putAll(moments, owner, owner.secondMoment(), ".v");
      for (WeightHistory.Version older : history.older()) {
        Shards.putAll(versions, owner, older.weights(), Shards.versionSuffix(older.madeBy()));
      }
      List<Long> older = history.older().stream().map(WeightHistory.Version::madeBy).toList();
      clocks.put(
          owner.owner().name(),
          new OwnerClock(owner.updates(), owner.lastStep(), owner.lastApplied(), older));
    }
    tensors(Shards.weightsFile(name), weights);
    tensors(Shards.momentsFile(name), moments);
    if (!versions.isEmpty()) {
      tensors(Shards.versionsFile(name), versions);
    }
  }

  private void routes(List<RouteTable> routes) throws IOException {
    Map<String, TensorEntry> tables = new LinkedHashMap<>();
    for (int layer = 0; layer < routes.size(); layer++) {
      for (int domain = 0; domain < routes.get(layer).domains(); domain++) {
        tables.put(
            Shards.routeTensor(layer, domain), TensorEntry.of(routes.get(layer).expertsOf(domain)));
      }
    }
    tensors(Shards.ROUTES, tables);
  }

  private void tensors(String file, Map<String, TensorEntry> tensors) throws IOException {
    files.put(file, SafetensorsWriter.write(folder.resolve(file), tensors));
  }
}
