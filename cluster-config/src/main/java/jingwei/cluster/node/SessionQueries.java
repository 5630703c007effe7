package jingwei.cluster.node;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import jingwei.cluster.chaos.EpochLine;
import jingwei.cluster.settings.NodeRole;
import jingwei.model.UserException;

/** Answers clients from the records of the sessions and the run of the one that is led. */
final class SessionQueries {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final SessionTable table;
  private final Submission submission;
  private final Membership membership;
  private final CopyBoard copies;

  SessionQueries(
      SessionTable table, Submission submission, Membership membership, CopyBoard copies) {
    this.copies = copies;
    this.table = table;
    this.submission = submission;
    this.membership = membership;
  }

  /** The sessions that are to run, in order: those that were left running, then the queue. */
  List<SessionRecord> open() {
    List<SessionRecord> running = new ArrayList<>();
    List<SessionRecord> queued = new ArrayList<>();
    for (SessionRecord record : table.all()) {
      if (record.mustEnd()) {
        table.replace(record.ended(record.wanted())); // its leader was lost before it could
      } else if (record.state() == SessionState.RUNNING) {
        running.add(record);
      } else if (record.state() == SessionState.QUEUED) {
        queued.add(record);
      }
    }
    running.addAll(queued);
    return running;
  }

  /**
   * Adds a session; does nothing if the same one exists.
   *
   * @throws UserException if it is refused
   */
  void submit(Query.Submit submit) {
    String configuration = submission.checked(submit.name(), submit.configuration());
    Optional<SessionRecord> existing = table.find(submit.name());
    if (existing.isPresent()) {
      if (existing.get().configuration().equals(configuration)) {
        return; // the same request again
      }
      throw new UserException(
          "There is a session '%s' already; choose another --name.".formatted(submit.name()));
    }
    long number = table.all().stream().mapToLong(SessionRecord::number).max().orElse(0) + 1;
    table.add(SessionRecord.queued(submit.name(), number, configuration));
  }

  /**
   * A session that waits for nobody goes into the queue.
   *
   * @throws UserException if it is done, or there is none
   */
  void resume(String name) {
    SessionRecord record = existing(name);
    switch (record.state()) {
      case PAUSED, STOPPED, FAILED -> table.replace(record.with(SessionState.QUEUED));
      case DONE -> throw new UserException("The session '%s' is done.".formatted(record.name()));
      case QUEUED, RUNNING -> {}
    }
  }

  /** Why this node cannot lead a session that another one has accepted; empty if it can. */
  Optional<String> refusal(SessionRecord record) {
    try {
      submission.checked(record.name(), record.configuration());
      return Optional.empty();
    } catch (UserException refused) {
      return Optional.of(refused.getMessage());
    }
  }

  /** A session that does not run gets its last state. */
  void end(SessionRecord record, SessionState state) {
    switch (record.state()) {
      case QUEUED, PAUSED, RUNNING -> table.replace(record.with(state));
      case STOPPED, DONE, FAILED -> {}
    }
  }

  /**
   * A session.
   *
   * @param name empty for the newest one
   * @throws UserException if there is none
   */
  SessionRecord existing(String name) {
    if (name == null || name.isEmpty()) {
      List<SessionRecord> all = table.all();
      if (all.isEmpty()) {
        throw new UserException(
            "The cluster has no session; submit one with 'jingwei session submit'.");
      }
      return all.getLast();
    }
    Submission.requireName(name);
    return table
        .find(name)
        .orElseThrow(
            () ->
                new UserException(
                    "The cluster has no session '%s'; 'jingwei session list' shows all."
                        .formatted(name)));
  }

  /** Where a session is; {@code run} is the one that is led, or null. */
  Answer status(String name, SessionRun run) {
    SessionRecord record = current(existing(name), run);
    boolean isLed = run != null && run.record().name().equals(record.name());
    ObjectNode json = summary(record, isLed ? run : null);
    json.put("tokensPerSecond", record.reached().tokensPerSecond());
    json.put("epoch", record.epoch());
    json.put("leader", record.leader());
    json.set("members", members(isLed ? run.progress().members() : List.of()));
    json.put("lastFault", record.reached().lastFault());
    json.put("folder", table.folder(record.name()).toString());
    copies.describe(record.name(), json);
    if (isLed && run.progress().waitsFor() != null) {
      json.put("waitsFor", run.progress().waitsFor());
    }
    if (isLed) {
      json.put("note", run.progress().lastNote());
      run.rows().kept().ifPresent(rows -> json.put("rows", rows));
    }
    return new Answer.Given(json.toString());
  }

  /** What has come of rows that a client sends to a session. */
  Answer receipt(String name, SessionRun run, Function<SessionRows, SessionRows.Receipt> asked) {
    SessionRecord record = existing(name);
    boolean isLed = run != null && run.record().name().equals(record.name());
    ObjectNode json = MAPPER.createObjectNode();
    json.put("state", state(record, isLed ? run : null));
    json.set(
        "receipt", MAPPER.valueToTree(isLed ? asked.apply(run.rows()) : SessionRows.Receipt.NONE));
    return new Answer.Given(json.toString());
  }

  /** All sessions. */
  Answer all(SessionRun run) {
    ArrayNode sessions = MAPPER.createArrayNode();
    SessionTable.Sessions all = table.sessions();
    for (SessionRecord record : all.records()) {
      boolean isLed = run != null && run.record().name().equals(record.name());
      sessions.add(summary(current(record, run), isLed ? run : null));
    }
    all.damaged()
        .forEach(
            (name, reason) ->
                sessions
                    .addObject()
                    .put("session", name)
                    .put("state", "damaged")
                    .put("step", 0)
                    .put("lastFault", reason)
                    .putObject("domains"));
    return new Answer.Given(MAPPER.createObjectNode().set("sessions", sessions).toString());
  }

  private static SessionRecord current(SessionRecord record, SessionRun run) {
    return run != null && run.record().name().equals(record.name()) ? run.record() : record;
  }

  private static ObjectNode summary(SessionRecord record, SessionRun run) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("session", record.name());
    json.put("state", state(record, run));
    json.put("step", record.reached().step());
    json.set("domains", domains(record.reached().bitsPerByte()));
    return json;
  }

  private static String state(SessionRecord record, SessionRun run) {
    if (run == null) {
      return record.state().text();
    }
    if (run.control().ending() != null) {
      return switch (run.control().ending()) {
        case PAUSE -> "pausing";
        case STOP -> "stopping";
        case HAND_OVER -> "moving";
      };
    }
    if (run.progress().waitsFor() != null) {
      return "waiting";
    }
    return run.progress().isPlaced() ? "running" : "starting";
  }

  private static ObjectNode domains(SortedMap<String, Double> bitsPerByte) {
    ObjectNode domains = MAPPER.createObjectNode();
    bitsPerByte.forEach((domain, value) -> domains.putObject(domain).put("bitsPerByte", value));
    return domains;
  }

  private ArrayNode members(List<EpochLine.Member> working) {
    View view = membership.view();
    ArrayNode members = MAPPER.createArrayNode();
    for (EpochLine.Member member : working) {
      Optional<NodeDescription> node = view.at(member.address());
      String state =
          node.isEmpty()
              ? "lost"
              : view.draining().contains(member.address()) ? "leaving" : "working";
      members.add(member(member, node, state));
    }
    for (NodeDescription node : view.nodes()) {
      if (working.stream().noneMatch(member -> member.address().equals(node.address()))) {
        members.add(
            member(
                new EpochLine.Member(node.address(), List.of(), 0, false, List.of()),
                Optional.of(node),
                "standby"));
      }
    }
    return members;
  }

  private static ObjectNode member(
      EpochLine.Member member, Optional<NodeDescription> node, String state) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("address", member.address());
    ArrayNode roles = json.putArray("roles");
    node.ifPresent(known -> known.roles().stream().map(NodeRole::text).forEach(roles::add));
    json.set("replicas", MAPPER.valueToTree(member.replicas()));
    json.put("experts", member.experts());
    json.set("stages", MAPPER.valueToTree(member.stages()));
    json.put("state", state);
    return json;
  }
}
