package jingwei.model.checkpoint;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.layer.Parameter;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;

/**
 * The files of a checkpoint: one for all dense stages, and one for the experts of each domain in
 * each RRE block.
 */
final class Shards {
  static final String ROUTES = "routes.safetensors";
  static final String TOKENIZER = "tokenizer.json";
  static final String MANIFEST = "manifest.json";
  static final String MANIFEST_CHECKSUM = "manifest.crc32c";

  /** Suffix of the names of first moments. */
  static final String FIRST_MOMENT = ".m";

  /** Suffix of the names of second moments. */
  static final String SECOND_MOMENT = ".v";

  private static final String DENSE = "dense";

  private Shards() {}

  /** Indices of the owners by shard name, in order. */
  static Map<String, List<Integer>> of(Decoder decoder) {
    Map<String, List<Integer>> shards = new LinkedHashMap<>();
    for (int owner = 0; owner < decoder.owners().size(); owner++) {
      shards
          .computeIfAbsent(
              shard(decoder.shape(), decoder.owners().get(owner)), name -> new ArrayList<>())
          .add(owner);
    }
    return shards;
  }

  /** The name of the shard that holds an owner. */
  static String shard(DecoderShape shape, Owner owner) {
    if (!owner.isExpert()) {
      return DENSE;
    }
    String name = owner.name();
    int lastDot = name.lastIndexOf('.');
    int domain = Integer.parseInt(name.substring(lastDot + 1)) / shape.expertsPerDomain();
    return name.substring(0, lastDot) + ".domain." + domain;
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

  /** Entries of one value for every parameter of an owner, by full name. */
  static void putAll(
      Map<String, TensorEntry> tensors, Owner owner, ElementType type, String suffix) {
    for (Parameter parameter : owner.layout().parameters()) {
      tensors.put(tensorName(owner, parameter, suffix), TensorEntry.of(parameter, type));
    }
  }

  static void readAll(SafetensorsReader reader, Owner owner, ParameterSet values, String suffix) {
    for (int i = 0; i < values.layout().parameters().size(); i++) {
      Parameter parameter = values.layout().parameters().get(i);
      reader.read(tensorName(owner, parameter, suffix), values.get(i));
    }
  }

  /** Checks that there is one value for every parameter of an owner, each of its size. */
  static void requireAll(SafetensorsReader reader, Owner owner, ElementType type, String suffix) {
    for (Parameter parameter : owner.layout().parameters()) {
      reader.require(
          tensorName(owner, parameter, suffix), type, parameter.rows(), parameter.columns());
    }
  }

  private static String tensorName(Owner owner, Parameter parameter, String suffix) {
    return owner.name() + "." + parameter.name() + suffix;
  }
}
