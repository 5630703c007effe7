package jingwei.model.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.layer.ParameterSet;
import jingwei.model.state.ModelState;
import jingwei.model.state.OwnerState;
import jingwei.model.state.WeightHistory;

/**
 * The files of a checkpoint: one for all dense stages, and one for the experts of each domain in
 * each RRE block.
 */
final class Shards {
  static final String ROUTES = "routes.safetensors";
  static final String TOKENIZER = "tokenizer.json";
  static final String MANIFEST = "manifest.json";
  static final String MANIFEST_CHECKSUM = "manifest.crc32c";
  private static final String DENSE = "dense";

  private Shards() {}

  /** Owners by shard name, in order. */
  static Map<String, List<WeightHistory>> of(ModelState model) {
    Map<String, List<WeightHistory>> shards = new LinkedHashMap<>();
    for (WeightHistory weights : model.histories()) {
      shards
          .computeIfAbsent(
              shard(model.decoder().shape(), weights.state()), name -> new ArrayList<>())
          .add(weights);
    }
    return shards;
  }

  static String weightsFile(String shard) {
    return shard + ".safetensors";
  }

  static String momentsFile(String shard) {
    return shard + ".moments.safetensors";
  }

  /** The file of older versions, which later steps may read under staleness. */
  static String versionsFile(String shard) {
    return shard + ".versions.safetensors";
  }

  static String versionSuffix(long madeBy) {
    return "@" + madeBy;
  }

  static String routeTensor(int layer, int domain) {
    return "routes." + layer + "." + domain;
  }

  /** Tensors of one set of parameters, by full name. */
  static void putAll(
      Map<String, TensorEntry> tensors, OwnerState state, ParameterSet values, String suffix) {
    for (int i = 0; i < values.layout().parameters().size(); i++) {
      tensors.put(tensorName(state, i, suffix), TensorEntry.of(values.get(i)));
    }
  }

  static void readAll(
      SafetensorsReader reader, OwnerState state, ParameterSet values, String suffix) {
    for (int i = 0; i < values.layout().parameters().size(); i++) {
      reader.read(tensorName(state, i, suffix), values.get(i));
    }
  }

  /** Checks that all tensors of one set of parameters exist with its sizes. */
  static void requireAll(
      SafetensorsReader reader, OwnerState state, ParameterSet values, String suffix) {
    for (int i = 0; i < values.layout().parameters().size(); i++) {
      reader.require(tensorName(state, i, suffix), values.get(i));
    }
  }

  private static String tensorName(OwnerState state, int parameter, String suffix) {
    return state.owner().name()
        + "."
        + state.owner().layout().parameters().get(parameter).name()
        + suffix;
  }

  private static String shard(DecoderShape shape, OwnerState state) {
    if (!state.owner().isExpert()) {
      return DENSE;
    }
    String name = state.owner().name();
    int lastDot = name.lastIndexOf('.');
    int domain = Integer.parseInt(name.substring(lastDot + 1)) / shape.expertsPerDomain();
    return name.substring(0, lastDot) + ".domain." + domain;
  }
}
