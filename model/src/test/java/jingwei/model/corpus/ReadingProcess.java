package jingwei.model.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jingwei.model.UserException;

/** Reads data files in a separate process, because a process loads a library only once. */
final class ReadingProcess {
  private ReadingProcess() {}

  /** What a process printed, and how it ended. */
  record Output(int exitCode, String text) {}

  static Output run(List<String> flags, Map<String, String> environment, Path... files)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-javaagent") && !flag.startsWith("-Xmx"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ReadingProcess.class.getName());
    for (Path file : files) {
      command.add(file.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Output(process.waitFor(), text);
  }

  public static void main(String[] files) {
    List<String> sources = List.of(files).stream().map(file -> "en=" + file).toList();
    try {
      DataSources.of(sources, SourceSettings.DEFAULT)
          .forEach(
              InputStream.nullInputStream(),
              document -> System.out.println(document.texts()),
              System.out::println,
              System.out::println);
    } catch (UserException e) {
      System.out.println(e.getMessage());
      System.exit(2);
    }
  }
}
