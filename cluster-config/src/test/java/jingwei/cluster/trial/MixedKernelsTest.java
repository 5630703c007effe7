package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jingwei.cluster.settings.HostPort;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node whose kernels compute with narrower vectors wants to join. */
@Tag("long")
@Timeout(300)
class MixedKernelsTest {
  private static final String NARROW = "-XX:UseAVX=0";
  private static final int USER_MISTAKE = 2;

  @TempDir Path folder;

  @Test
  void aNodeWithOtherKernelsIsRefusedInASentenceAndTheClusterGoesOn() throws IOException {
    try (SessionOnNodes on = new SessionOnNodes(folder)) {
      on.nodes().startFirst(1);
      TrialNode first = on.nodes().node(1);
      TrialNode other = narrowNode(first.address());
      other.start();
      assertTrue(other.await(120), other.output());

      assertEquals(USER_MISTAKE, other.exitCode(), other.output());
      assertTrue(
          other.output().contains("The cluster refused this node, since its kernels compute other"),
          other.output());
      on.submit("one", "steps=10", "checkpoint.every=0");
      on.await(first, "one", status -> status.path("state").asText().equals("done"));
    }
  }

  private TrialNode narrowNode(HostPort seed) throws IOException {
    NodeProgram like = NodeProgram.ofThisJvm("jingwei.cluster.cli.Main");
    List<String> flags = new ArrayList<>(like.jvmFlags());
    flags.add(NARROW);
    HostPort place = new LoopbackNetwork("narrow").add(2);
    Path file =
        Files.writeString(
            folder.resolve("narrow.conf"),
            new NodeFile(
                    place,
                    List.of(seed, place),
                    folder.resolve("sessions"),
                    List.of(folder),
                    "narrow")
                .text());
    return new TrialNode(
        2,
        place,
        new NodeProgram(like.mainClass(), flags).command(file),
        folder.resolve("narrow.log"));
  }
}
