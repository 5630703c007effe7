package jingwei.cluster.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import jingwei.cluster.node.ClusterClient;
import jingwei.cluster.node.Query;
import jingwei.cluster.node.RowSender;
import jingwei.cluster.node.Submission;
import jingwei.cluster.session.FaultException;
import jingwei.cluster.session.RunFolder;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.HostPort;
import jingwei.cluster.settings.RunSettings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "session",
    description = "Drives the sessions of a cluster.",
    footer = {
      "",
      "Example:",
      "  jingwei session submit --cluster 127.0.0.1:7100 --name first --steps 200"
    })
final class SessionCommand {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(500);

  /** Longest wait for a session that neither commits a step nor changes its state. */
  private static final Duration DEADLINE = Duration.ofMinutes(5);

  private static final Set<String> AT_REST = Set.of("paused", "stopped", "done", "failed");

  static final class Target {
    @Option(
        names = "--cluster",
        paramLabel = "HOST:PORT",
        required = true,
        description = "any node of the cluster")
    private String cluster;

    @Option(names = "--json", description = "print one JSON object at the end")
    private boolean json;

    private ClusterClient client() {
      return new ClusterClient(HostPort.parse(cluster, "--cluster"));
    }
  }

  @Command(description = "Adds a session; it begins when those before it are done.")
  int submit(
      @Mixin Target target,
      @Mixin ConfigurationOptions options,
      @Mixin RunOptions trained,
      @Option(names = "--name", paramLabel = "NAME", description = "name of the session")
          String name,
      @Option(names = "--wait", description = "wait until the session is done") boolean waits) {
    Configuration configuration = trained.over(options.resolve());
    String own =
        name == null ? RunFolder.newName(RunSettings.of(configuration).session().name()) : name;
    try (ClusterClient client = target.client()) {
      JsonNode status = read(client.ask(Submission.request(own, configuration)));
      DataSettings data = RunSettings.of(configuration).data();
      if (data.readsStandardInput()) {
        long rows =
            new RowSender(client::ask, own, System.err::println)
                .send(System.in, data.files().maxLineBytes());
        System.err.printf("%d rows of standard input are kept%n", rows);
        status = read(client.ask(new Query.Status(own)));
      }
      if (waits) {
        status = await(client, own);
      }
      print(target, status);
      return status.path("state").asText().equals("failed") ? Commands.FAULT : Commands.DONE;
    }
  }

  @Command(description = "Where a session is, and who does what.")
  int status(
      @Mixin Target target,
      @Parameters(arity = "0..1", paramLabel = "NAME", description = "the newest if left out")
          String name,
      @Option(names = "--wait", description = "wait until the session rests") boolean waits) {
    try (ClusterClient client = target.client()) {
      JsonNode status = read(client.ask(new Query.Status(name == null ? "" : name)));
      print(target, waits ? await(client, status.path("session").asText()) : status);
      return Commands.DONE;
    }
  }

  @Command(description = "Ends a session at a step boundary until it is resumed.")
  int pause(@Mixin Target target, @Parameters(paramLabel = "NAME") String name) {
    return end(target, new Query.Pause(name), name);
  }

  @Command(description = "Ends a session at a step boundary.")
  int stop(@Mixin Target target, @Parameters(paramLabel = "NAME") String name) {
    return end(target, new Query.Stop(name), name);
  }

  @Command(description = "Goes on with a paused, stopped or failed session.")
  int resume(@Mixin Target target, @Parameters(paramLabel = "NAME") String name) {
    try (ClusterClient client = target.client()) {
      print(target, read(client.ask(new Query.Resume(name))));
      return Commands.DONE;
    }
  }

  @Command(description = "All sessions of the cluster.")
  int list(@Mixin Target target) {
    try (ClusterClient client = target.client()) {
      JsonNode all = read(client.ask(new Query.All()));
      if (target.json) {
        System.out.println(all);
      } else if (all.path("sessions").isEmpty()) {
        System.out.println("The cluster has no session.");
      } else {
        all.path("sessions").forEach(session -> System.out.println(line(session)));
      }
      return Commands.DONE;
    }
  }

  private static int end(Target target, Query query, String name) {
    try (ClusterClient client = target.client()) {
      client.ask(query);
      print(target, await(client, name));
      return Commands.DONE;
    }
  }

  /** Waits until the session rests, as long as it makes progress. */
  private static JsonNode await(ClusterClient client, String name) {
    String last = "";
    long since = System.nanoTime();
    while (true) {
      JsonNode status = read(client.ask(new Query.Status(name)));
      String state = status.path("state").asText();
      if (AT_REST.contains(state)) {
        return status;
      }
      String now = state + status.path("step") + status.path("epoch");
      if (!now.equals(last)) {
        last = now;
        since = System.nanoTime();
      }
      if (System.nanoTime() - since > DEADLINE.toNanos()) {
        throw new FaultException(
            "This command waited %d s for session %s, which is %s at step %d; it goes on in the cluster."
                .formatted(DEADLINE.toSeconds(), name, state, status.path("step").asLong()),
            null);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static void print(Target target, JsonNode status) {
    if (target.json) {
      System.out.println(status);
      return;
    }
    System.out.println(line(status));
    status
        .path("members")
        .forEach(
            member ->
                System.out.printf(
                    "  %-22s %-8s %d replicas, %d experts, %d stages%n",
                    member.path("address").asText(),
                    member.path("state").asText(),
                    member.path("replicas").size(),
                    member.path("experts").asInt(),
                    member.path("stages").size()));
    if (status.has("waitsFor")) {
      System.out.println("  waits for " + status.path("waitsFor").asText());
    }
    status
        .path("copies")
        .forEach(
            copy ->
                System.out.printf(
                    "  %-22s %-8s with the checkpoint of step %d%n",
                    copy.path("address").asText(), "copy", copy.path("step").asLong()));
    if (status.has("rows")) {
      System.out.printf("  %d rows of standard input are kept%n", status.path("rows").asLong());
    }
    if (!status.path("note").asText().isEmpty()) {
      System.out.println("  note: " + status.path("note").asText());
    }
    if (status.has("copyFault")) {
      System.out.println("  copy: " + status.path("copyFault").asText());
    }
    if (!status.path("lastFault").asText().isEmpty()) {
      System.out.println("  last fault: " + status.path("lastFault").asText());
    }
  }

  private static String line(JsonNode session) {
    StringBuilder line =
        new StringBuilder(
            "session %s: %s, step %d"
                .formatted(
                    session.path("session").asText(),
                    session.path("state").asText(),
                    session.path("step").asLong()));
    session
        .path("domains")
        .properties()
        .forEach(
            domain ->
                line.append(
                    ", %s %.3f"
                        .formatted(
                            domain.getKey(), domain.getValue().path("bitsPerByte").asDouble())));
    if (!session.path("domains").isEmpty()) {
      line.append(" bits per byte");
    }
    if (session.path("tokensPerSecond").asDouble() > 0) {
      line.append(", %.0f tokens/s".formatted(session.path("tokensPerSecond").asDouble()));
    }
    return line.toString();
  }

  private static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
