package jingwei.cluster.trial;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jingwei.cluster.settings.HostPort;

/**
 * The configuration file of a node.
 *
 * @param place where it listens
 * @param seeds of the cluster
 * @param sessions folder of the sessions
 * @param readable folders that sessions may read
 * @param machine name of its machine
 */
record NodeFile(
    HostPort place, List<HostPort> seeds, Path sessions, List<Path> readable, String machine) {
  NodeFile {
    seeds = List.copyOf(seeds);
    readable = List.copyOf(readable);
  }

  /** The file, as the command {@code node} reads it. */
  String text() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("host", place.host());
    values.put("port", place.port());
    values.put("seeds", seeds.stream().map(HostPort::toString).toList());
    values.put("folder", sessions.toAbsolutePath().toString());
    values.put(
        "data", readable.stream().map(folder -> folder.toAbsolutePath().toString()).toList());
    values.put("machine", machine);
    // Only this machine reaches the addresses of a trial.
    values.put("insecure", true);
    return ConfigFactory.parseMap(Map.of("cluster", values))
            .root()
            .render(ConfigRenderOptions.concise().setFormatted(true))
        + "\n";
  }
}
