package jingwei.cluster.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.UserException;

/**
 * Reads and writes lines of {@code epochs.jsonl} as JSON: every key must be there, no other may.
 */
public final class EpochLines {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .withCoercionConfig(
              LogicalType.Textual,
              text -> {
                text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
                text.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
              })
          .build();

  private EpochLines() {}

  /** The line as JSON, without a line end. */
  public static String text(EpochLine line) {
    try {
      return MAPPER.writerFor(EpochLine.class).writeValueAsString(line);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a file. A last line without a line end was cut short and is dropped.
   *
   * @return its lines in order; none if there is no file
   * @throws UserException if another line is damaged, with its number
   */
  public static List<EpochLine> read(Path file) {
    try {
      return of(file.toString(), Files.readAllBytes(file));
    } catch (NoSuchFileException notThere) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a part of a file that begins with a line, as {@link #read}.
   *
   * @param name of the file, for messages; they count lines from the beginning of the part
   */
  public static List<EpochLine> of(String name, byte[] bytes) {
    List<EpochLine> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        lines.add(line(ByteBuffer.wrap(bytes, start, i - start), lines.size() + 1, name));
        start = i + 1;
      }
    }
    return lines;
  }

  private static EpochLine line(ByteBuffer bytes, int number, String name) {
    String reason;
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
      EpochLine line = MAPPER.readValue(text, EpochLine.class);
      if (line != null) {
        return line;
      }
      reason = "it is null";
    } catch (JsonProcessingException damaged) {
      reason = damaged.getOriginalMessage().replaceAll("\\s+", " ");
    } catch (IOException damaged) {
      reason = "not UTF-8";
    }
    throw new UserException(
        "Line %d of %s is damaged (%s), so the history of the session cannot be checked."
            .formatted(number, name, reason));
  }
}
