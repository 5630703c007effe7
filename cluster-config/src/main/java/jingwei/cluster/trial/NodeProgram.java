package jingwei.cluster.trial;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How the process of a node is started: with the Java, the flags and the class path of this JVM.
 *
 * @param mainClass the class that has the command {@code node}
 * @param jvmFlags flags of this JVM
 */
public record NodeProgram(String mainClass, List<String> jvmFlags) {
  /** A user gives more with JINGWEI_JAVA_OPTS. */
  private static final String HEAP = "-Xmx512m";

  private static final String COLLECTOR = "-XX:+UseSerialGC";

  /** Agents would be started twice, at one address or with one output. */
  private static final List<String> OWN = List.of("-javaagent", "-agent", "-Xrun", "-Xdebug");

  public NodeProgram {
    jvmFlags = List.copyOf(jvmFlags);
  }

  /** Like this JVM. */
  public static NodeProgram ofThisJvm(String mainClass) {
    return new NodeProgram(mainClass, ManagementFactory.getRuntimeMXBean().getInputArguments());
  }

  /** The command of a node with a configuration file. */
  List<String> command(Path configuration) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    command.addAll(nodeFlags());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
    command.addAll(List.of("node", "--config", configuration.toString()));
    return command;
  }

  /** A later flag overrides an earlier one, but two collectors are refused. */
  List<String> nodeFlags() {
    List<String> flags = new ArrayList<>(List.of(HEAP));
    if (jvmFlags.stream().noneMatch(flag -> flag.matches("-XX:\\+Use\\w*GC"))) {
      flags.add(COLLECTOR);
    }
    jvmFlags.stream().filter(flag -> OWN.stream().noneMatch(flag::startsWith)).forEach(flags::add);
    return flags;
  }
}
