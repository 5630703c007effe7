package jingwei.model.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import jingwei.model.data.DataPosition;
import jingwei.model.disk.WrittenFile;
import jingwei.model.memory.ElementType;
import jingwei.model.state.InitialWeights;
import jingwei.model.state.OwnerClock;
import jingwei.model.step.StepHistory;
import jingwei.model.step.StepsBefore;

/**
 * Writes and reads a manifest as one JSON object. The keys do not depend on how records are nested.
 */
final class ManifestJson {
  private ManifestJson() {}

  static String write(Manifest manifest) throws JsonProcessingException {
    RunState run = manifest.run();
    Manifest.Model model = manifest.model();
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("formatVersion", manifest.formatVersion());
    root.put("step", run.step());
    root.put("appliedSteps", run.before().applied());
    root.put("tokens", run.tokens());
    root.put("gradNorm", run.before().norm());
    root.set("history", tree(run.before().history()));
    root.set("refusedSteps", tree(run.refusedSteps()));
    root.put("seed", run.seed());
    root.set("shape", ShapeJson.write(model.shape()));
    root.put("elementType", model.elementType().name());
    root.set("domains", tree(run.data().domains()));
    root.set("routeChecksums", tree(model.routeChecksums()));
    root.put("kernels", run.kernels());
    root.put("configuration", run.configuration());
    root.put("dataFingerprint", run.data().fingerprint());
    root.set("dataPosition", tree(run.data().position()));
    root.set("evaluation", tree(run.evaluation()));
    root.put("initialSeed", model.initialWeights().seed());
    root.set("owners", tree(model.owners()));
    root.set("files", tree(manifest.files()));
    return Json.MAPPER.writeValueAsString(root);
  }

  /**
   * @throws IOException if a field is missing, unknown or of the wrong type
   * @throws RuntimeException if a value is invalid
   */
  static Manifest read(JsonNode tree) throws IOException {
    JsonFields fields = new JsonFields(tree);
    Manifest manifest =
        new Manifest(
            fields.take("formatVersion", int.class),
            run(fields),
            model(fields),
            fields.take("files", new TypeReference<Map<String, WrittenFile>>() {}));
    fields.end();
    return manifest;
  }

  private static RunState run(JsonFields fields) throws IOException {
    return new RunState(
        new StepsBefore(
            fields.take("step", long.class),
            fields.take("appliedSteps", long.class),
            fields.take("gradNorm", double.class),
            fields.take("history", StepHistory.class),
            new HashSet<>(fields.take("refusedSteps", new TypeReference<List<Long>>() {}))),
        fields.take("tokens", long.class),
        fields.take("seed", long.class),
        fields.take("kernels", String.class),
        fields.take("configuration", String.class),
        new RunState.Data(
            fields.take("domains", new TypeReference<List<String>>() {}),
            fields.take("dataFingerprint", long.class),
            fields.take("dataPosition", DataPosition.class)),
        fields.take("evaluation", new TypeReference<Map<String, Double>>() {}));
  }

  private static Manifest.Model model(JsonFields fields) throws IOException {
    return new Manifest.Model(
        ShapeJson.read(fields.object("shape")),
        fields.take("elementType", ElementType.class),
        fields.take("routeChecksums", new TypeReference<List<Integer>>() {}),
        new InitialWeights(fields.take("initialSeed", long.class)),
        fields.take("owners", new TypeReference<Map<String, OwnerClock>>() {}));
  }

  private static JsonNode tree(Object value) {
    return Json.MAPPER.valueToTree(value);
  }
}
