package jingwei.cluster.trial;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
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
    ObjectNode file = new ObjectMapper().createObjectNode();
    ObjectNode cluster = file.putObject("cluster");
    cluster.put("host", place.host());
    cluster.put("port", place.port());
    cluster.set("seeds", array(seeds, HostPort::toString));
    cluster.put("folder", sessions.toAbsolutePath().toString());
    cluster.set("data", array(readable, folder -> folder.toAbsolutePath().toString()));
    cluster.put("machine", machine);
    // Only this machine reaches the addresses of a trial.
    cluster.put("insecure", true);
    return file.toPrettyString() + "\n";
  }

  private static <T> ArrayNode array(List<T> values, Function<T, String> text) {
    ArrayNode array = new ObjectMapper().createArrayNode();
    values.forEach(value -> array.add(text.apply(value)));
    return array;
  }
}
