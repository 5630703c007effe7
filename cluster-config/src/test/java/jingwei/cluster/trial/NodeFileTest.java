package jingwei.cluster.trial;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import jingwei.cluster.settings.ClusterSettings;
import jingwei.cluster.settings.HostPort;
import jingwei.cluster.settings.NodeOverrides;
import jingwei.cluster.settings.NodeRole;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeFileTest {
  @TempDir Path folder;

  @Test
  void aNodeReadsEveryValue() throws IOException {
    HostPort place = new HostPort("127.0.0.1", 20_001);
    List<HostPort> seeds = List.of(place, new HostPort("127.0.0.1", 20_002));
    List<Path> data = List.of(Path.of("/texts/a b"), Path.of("/texts/\"c\""));
    Path file = folder.resolve("node-1.conf");
    Files.writeString(file, new NodeFile(place, seeds, Path.of("/sessions"), data, "m").text());
    assertEquals(
        new ClusterSettings(
            place, seeds, Set.of(NodeRole.values()), Path.of("/sessions"), data, true, "m"),
        ClusterSettings.resolve(file, new NodeOverrides(null, null, null, null, null, List.of())));
  }
}
