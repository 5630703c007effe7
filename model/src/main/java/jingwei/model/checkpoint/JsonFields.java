package jingwei.model.checkpoint;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/** The fields of a JSON object, each read once. Missing and unknown fields are errors. */
final class JsonFields {
  private final JsonNode object;
  private final Set<String> left = new LinkedHashSet<>();

  /**
   * @throws IOException if the node is not an object
   */
  JsonFields(JsonNode node) throws IOException {
    if (!node.isObject()) {
      throw new IOException("an object is missing");
    }
    object = node;
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      left.add(names.next());
    }
  }

  <T> T take(String name, Class<T> type) throws IOException {
    return Json.MAPPER.treeToValue(take(name), type);
  }

  <T> T take(String name, TypeReference<T> type) throws IOException {
    return Json.MAPPER.treeToValue(take(name), type);
  }

  /** The fields of a nested object. */
  JsonFields object(String name) throws IOException {
    return new JsonFields(take(name));
  }

  /**
   * @throws IOException if a field was not read
   */
  void end() throws IOException {
    if (!left.isEmpty()) {
      throw new IOException("its field '%s' is unknown".formatted(left.iterator().next()));
    }
  }

  private JsonNode take(String name) throws IOException {
    JsonNode value = object.path(name);
    left.remove(name);
    if (value.isMissingNode() || value.isNull()) {
      throw new IOException("it has no '%s'".formatted(name));
    }
    return value;
  }
}
