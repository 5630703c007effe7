package jingwei.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Writes the format of Hugging Face {@code tokenizers} 1.0: added tokens, pre-tokenizer, decoder,
 * vocabulary and merges.
 */
final class TokenizerFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TokenizerFile() {}

  static String write(Vocabulary vocabulary) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", "1.0").putNull("truncation").putNull("padding");
    addedTokens(root.putArray("added_tokens"), vocabulary.control().tokens());
    root.putNull("normalizer").set("pre_tokenizer", preTokenizer());
    root.putNull("post_processor").set("decoder", byteLevel());
    root.set("model", model(vocabulary));
    var newline = new DefaultIndenter("  ", "\n");
    var printer = new DefaultPrettyPrinter().withObjectIndenter(newline).withArrayIndenter(newline);
    try {
      return JSON.writer(printer).writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "A tokenizer of %d tokens has no JSON".formatted(vocabulary.size()), e);
    }
  }

  static Tokenizer read(String name, String json) {
    return new Tokenizer(new TokenizerReader(name).read(json));
  }

  /**
   * The pre-tokenizer of every tokenizer: splits into the words of {@link WordPattern}, then bytes.
   */
  static JsonNode preTokenizer() {
    ObjectNode split = JsonNodeFactory.instance.objectNode();
    split.put("type", "Split").putObject("pattern").put("Regex", WordPattern.REGEX);
    split.put("behavior", "Isolated").put("invert", false);
    ObjectNode sequence = JsonNodeFactory.instance.objectNode();
    sequence.put("type", "Sequence").putArray("pretokenizers").add(split).add(byteLevel());
    return sequence;
  }

  private static ObjectNode byteLevel() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", false)
        .put("use_regex", false);
  }

  private static void addedTokens(ArrayNode array, List<String> tokens) {
    for (int id = 0; id < tokens.size(); id++) {
      array
          .addObject()
          .put("id", id)
          .put("content", tokens.get(id))
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
  }

  private static ObjectNode model(Vocabulary vocabulary) {
    ObjectNode model = JsonNodeFactory.instance.objectNode();
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    ObjectNode ids = model.putObject("vocab");
    for (int id = 0; id < vocabulary.size(); id++) {
      ids.put(vocabulary.written(id), id);
    }
    ArrayNode merges = model.putArray("merges");
    for (Vocabulary.Merge merge : vocabulary.merges()) {
      merges.add(vocabulary.written(merge.left()) + " " + vocabulary.written(merge.right()));
    }
    return model;
  }
}
