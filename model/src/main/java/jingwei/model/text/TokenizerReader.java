package jingwei.model.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jingwei.model.UserException;

/**
 * Reads a {@code tokenizer.json}. Refuses, with one sentence, a file that would be encoded
 * differently here.
 */
final class TokenizerReader {
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(50).build())
              .build());

  private final String name;

  /**
   * @param name of the file, for sentences
   */
  TokenizerReader(String name) {
    this.name = name;
  }

  Vocabulary read(String json) {
    JsonNode root = parse(json);
    JsonNode model = root.path("model");
    if (!model.path("type").asText("BPE").equals("BPE") || !model.path("vocab").isObject()) {
      throw wrong("holds no BPE model with a vocabulary");
    }
    String[] tokens = tokens(root, model.path("vocab"));
    ControlTokens control = control(root, tokens);
    require(root.path("pre_tokenizer"));
    if (!root.path("normalizer").isNull() && !root.path("normalizer").isMissingNode()) {
      throw wrong("changes text before it is encoded (normalizer)");
    }
    for (String option :
        List.of("dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges")) {
      if (isSet(model.path(option))) {
        throw wrong("has a BPE model with %s=%s".formatted(option, model.path(option)));
      }
    }
    List<byte[]> texts = texts(tokens, control.tokens().size());
    return new Vocabulary(control, texts, merges(model.path("merges"), tokens));
  }

  private JsonNode parse(String json) {
    try {
      JsonNode root = JSON.readTree(json);
      if (root == null || !root.isObject()) {
        throw wrong("is not a JSON object");
      }
      return root;
    } catch (JsonProcessingException e) {
      var where = e.getLocation();
      throw wrong(
          where == null
              ? "is not JSON"
              : "is not JSON at line %d, column %d"
                  .formatted(where.getLineNr(), where.getColumnNr()));
    }
  }

  /** Every token at the place of its id, control tokens included. */
  private String[] tokens(JsonNode root, JsonNode vocabulary) {
    Map<Integer, String> byId = new TreeMap<>();
    vocabulary.properties().forEach(entry -> put(byId, entry.getValue(), entry.getKey()));
    for (JsonNode added : root.path("added_tokens")) {
      put(byId, added.path("id"), added.path("content").asText());
    }
    String[] tokens = byId.values().toArray(String[]::new);
    int expected = 0;
    for (int id : byId.keySet()) {
      if (id != expected++) {
        throw wrong("has no token with id %d but one with id %d".formatted(expected - 1, id));
      }
    }
    return tokens;
  }

  private void put(Map<Integer, String> byId, JsonNode id, String token) {
    if (!id.canConvertToInt() || !id.isIntegralNumber()) {
      throw wrong("gives the token '%s' the id %s, which is no whole number".formatted(token, id));
    }
    String other = byId.putIfAbsent(id.asInt(), token);
    if (other != null && !other.equals(token)) {
      throw wrong("gives the id %s to '%s' and to '%s'".formatted(id, other, token));
    }
  }

  private ControlTokens control(JsonNode root, String[] tokens) {
    List<String> control = new ArrayList<>();
    for (JsonNode added : root.path("added_tokens")) {
      control.add(added.path("content").asText());
    }
    for (String needed : List.of(ControlTokens.PADDING, ControlTokens.END_OF_TEXT)) {
      if (!control.contains(needed)) {
        throw wrong("lacks the control token %s".formatted(needed));
      }
    }
    if (new ControlTokens(control).domains().isEmpty()) {
      throw wrong(
          "lacks a control token of a domain, such as %s".formatted(ControlTokens.domain("en")));
    }
    for (int id = 0; id < control.size(); id++) {
      if (!control.contains(tokens[id])) {
        throw wrong(
            "has '%s' with id %d among its control tokens, which must come first"
                .formatted(tokens[id], id));
      }
    }
    return new ControlTokens(Arrays.asList(tokens).subList(0, control.size()));
  }

  private void require(JsonNode preTokenizer) {
    JsonNode parts = preTokenizer.path("pretokenizers");
    JsonNode split = parts.path(0);
    JsonNode bytes = parts.path(1);
    boolean same =
        parts.size() == 2
            && split.path("type").asText().equals("Split")
            && split.path("pattern").path("Regex").asText().equals(WordPattern.REGEX)
            && split.path("behavior").asText().equals("Isolated")
            && !split.path("invert").asBoolean()
            && bytes.path("type").asText().equals("ByteLevel")
            && !bytes.path("add_prefix_space").asBoolean(true)
            && !bytes.path("use_regex").asBoolean(true);
    if (!same) {
      throw wrong("cuts text into words in another way (pre_tokenizer)");
    }
  }

  private List<byte[]> texts(String[] tokens, int controlTokens) {
    List<byte[]> texts = new ArrayList<>();
    boolean[] present = new boolean[256];
    for (int id = controlTokens; id < tokens.length; id++) {
      byte[] bytes = ByteAlphabet.read(tokens[id]);
      if (bytes == null || bytes.length == 0) {
        throw wrong(
            "has the token '%s' with id %d, which is not byte-level".formatted(tokens[id], id));
      }
      if (bytes.length == 1) {
        present[bytes[0] & 0xFF] = true;
      }
      texts.add(bytes);
    }
    for (int value = 0; value < 256; value++) {
      if (!present[value]) {
        throw wrong("lacks a token for the byte %d".formatted(value));
      }
    }
    return texts;
  }

  private List<Vocabulary.Merge> merges(JsonNode array, String[] tokens) {
    Map<String, Integer> ids = new HashMap<>();
    for (int id = 0; id < tokens.length; id++) {
      ids.put(tokens[id], id);
    }
    List<Vocabulary.Merge> merges = new ArrayList<>();
    for (JsonNode merge : array) {
      String text =
          merge.isArray() ? merge.path(0).asText() + " " + merge.path(1).asText() : merge.asText();
      int space = text.indexOf(' ');
      Integer left = space < 0 ? null : ids.get(text.substring(0, space));
      Integer right = space < 0 ? null : ids.get(text.substring(space + 1));
      Integer joined =
          space < 0 ? null : ids.get(text.substring(0, space) + text.substring(space + 1));
      if (left == null || right == null || joined == null) {
        throw wrong(
            "has merge number %d, '%s', of tokens that are not in its vocabulary"
                .formatted(merges.size(), text));
      }
      merges.add(new Vocabulary.Merge(left, right, joined));
    }
    return merges;
  }

  private static boolean isSet(JsonNode option) {
    return !(option.isNull()
        || option.isMissingNode()
        || option.asText().isEmpty()
        || option.asText().equals("false"));
  }

  private UserException wrong(String what) {
    return new UserException(
        "The tokenizer file %s %s; give a byte-level BPE tokenizer.json that Jingwei wrote, or train one with 'jingwei tokenize train'."
            .formatted(name, what));
  }
}
