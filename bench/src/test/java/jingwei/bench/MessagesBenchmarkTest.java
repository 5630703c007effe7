package jingwei.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class MessagesBenchmarkTest {
  @Test
  void measuresTheThreeMostFrequentMessages() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      assertEquals(
          0,
          new CommandLine(new MessagesBenchmark())
              .execute("--steps", "1", "--rounds", "1", "--json"));
    } finally {
      System.setOut(before);
    }
    JsonNode messages = new ObjectMapper().readTree(printed.toByteArray()).get("messages");
    for (int i = 0; i < 3; i++) {
      assertTrue(messages.get(i).get("writeMicros").asDouble() > 0);
      assertTrue(messages.get(i).get("readMicros").asDouble() > 0);
      assertTrue(messages.get(i).get("bytes").asDouble() > 10);
      assertTrue(
          messages.get(i).get("perStep").asDouble()
              >= messages.get(i + 1).get("perStep").asDouble());
    }
  }
}
