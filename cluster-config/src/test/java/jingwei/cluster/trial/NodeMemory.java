package jingwei.cluster.trial;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of a node process.
 *
 * @param heapBytes of live objects, after a full collection
 * @param allocatedBytes of memory that the program took off the heap
 * @param totalBytes that the JVM has committed off the heap, with code and classes
 */
record NodeMemory(long heapBytes, long allocatedBytes, long totalBytes) {
  /** The process must be started with it. */
  static final String FLAG = "-XX:NativeMemoryTracking=summary";

  private static final Pattern LIVE = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");
  private static final Pattern TOTAL = Pattern.compile("Total: reserved=\\d+, committed=(\\d+)");
  private static final Pattern HEAP =
      Pattern.compile("Java Heap \\(reserved=\\d+, committed=(\\d+)\\)");
  private static final Pattern OTHER =
      Pattern.compile("Other \\(reserved=\\d+, committed=(\\d+)\\)");

  static NodeMemory of(long pid) {
    long live = number(LIVE, command(pid, "GC.class_histogram"));
    String tracked = command(pid, "VM.native_memory", "summary", "scale=b");
    return new NodeMemory(
        live, number(OTHER, tracked), number(TOTAL, tracked) - number(HEAP, tracked));
  }

  private static long number(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("no %s in %s".formatted(pattern, text));
    }
    return Long.parseLong(matcher.group(1));
  }

  private static String command(long pid, String... what) {
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin/jcmd").toString());
      command.add(Long.toString(pid));
      command.addAll(List.of(what));
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
