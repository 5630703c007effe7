package jingwei.cluster.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import jingwei.actors.memory.MemoryNeed;
import jingwei.actors.memory.NodesNeed;
import jingwei.actors.placement.Members;
import jingwei.actors.placement.Placement;
import jingwei.actors.step.FaultPlan;
import jingwei.actors.transport.LogFolder;
import jingwei.actors.transport.MachineNodes;
import jingwei.actors.transport.TransportSettings;
import jingwei.cluster.settings.CheckpointSettings;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.DeviceSettings;
import jingwei.cluster.settings.RunSettings;
import jingwei.cluster.settings.TrainingSessionSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointSize;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.corpus.Corpus;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.disk.DurableFile;
import jingwei.model.memory.ElementType;
import jingwei.model.step.StepRules;
import jingwei.model.text.Tokenizer;
import jingwei.streams.spool.RowSpool;

/** Prepares a run: claims its folder, reads the text, and checks that memory and disk suffice. */
public final class RunStart implements AutoCloseable {
  private final RunSettings settings;
  private final RunClaim claim;
  private final RunListener listener;
  private final RunPlace place;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final RunText text;
  private final Runnable beginRows;
  private RejectedRowLog rejected;
  private LiveText live;

  /**
   * @param isStopped true once the user has asked to stop
   * @throws UserException if anything is missing; a newly created folder is then removed
   */
  public RunStart(RunRequest request, BooleanSupplier isStopped, RunListener listener) {
    this.listener = listener;
    this.place = request.place();
    this.claim = RunClaim.of(request, listener::note);
    open.push(claim);
    try {
      settings = claim.configuration().settings();
      listener.note("run folder " + claim.folder().path());
      if (!claim.isResumed()) {
        place.requireLead();
        DurableFile.replace(claim.folder().configuration(), claim.configuration().text());
      }
      if (settings.data().live().isLive()) {
        live = live();
        text = live;
        beginRows = () -> live.begin(request.standardInput(), isStopped, listener);
      } else {
        text = new StoredText(encoded(read(request.standardInput(), isStopped)));
        beginRows = () -> {};
      }
      claim.from().map(Checkpoint::manifest).ifPresent(this::refuseAnother);
      refuseTooLarge();
      rejected.complete();
      claim.settle();
      claim.from().ifPresent(this::reportResume);
      if (request.hasNoFolder()) {
        claim.folder().nameLatest();
      }
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (UserException mistake) {
      if (live != null) {
        live.close(); // removes a spool without rows
      }
      if (rejected != null) {
        rejected.close();
      }
      claim.discard();
      close();
      throw mistake;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Creates the run, ready for its first step. From now on, live rows are taken. */
  public TrainingRun run(FaultPlan faults) {
    beginRows.run();
    return new TrainingRun(
        claim.configuration(),
        text,
        claim.folder(),
        claim.from().orElse(null),
        listener,
        faults,
        place);
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private RunData encoded(Corpus corpus) {
    Tokenizer tokenizer = tokenizer(() -> RunData.tokenizer(settings, corpus));
    List<String> domains =
        claim
            .from()
            .map(from -> from.manifest().domains())
            .orElseGet(() -> List.copyOf(corpus.domains().keySet()));
    return RunData.encode(corpus, tokenizer, domains, settings.data().partBytes());
  }

  /** The tokenizer of the checkpoint, or that of a new run. */
  private Tokenizer tokenizer(Supplier<Tokenizer> ofNewRun) {
    Tokenizer tokenizer =
        claim
            .from()
            .map(from -> Tokenizer.fromJson(from.folder().toString(), from.tokenizer()))
            .orElseGet(ofNewRun);
    open.push(tokenizer);
    return tokenizer;
  }

  private LiveText live() {
    RunFolder folder = claim.folder();
    rejected = new RejectedRowLog(folder.rejected());
    open.push(rejected);
    Path file = Path.of(settings.data().tokenizer().file());
    LiveText opened =
        new LiveText(settings, tokenizer(() -> Tokenizer.load(file)), spool(), rejected);
    open.push(opened);
    long kept = opened.rows();
    if (kept > 0) {
      listener.note(
          "%d rows of standard input are kept from before; %s"
              .formatted(kept, opened.isEnded() ? "it has ended" : "reading continues after them"));
    }
    return opened;
  }

  private RowSpool spool() {
    RowSpool spool = claim.folder().spool();
    return place.isCluster() ? spool.guardedBy(place::requireLead) : spool;
  }

  private Corpus read(InputStream standardInput, BooleanSupplier isStopped) throws IOException {
    DataSettings sources = settings.data();
    RunFolder folder = claim.folder();
    rejected = new RejectedRowLog(folder.rejected());
    open.push(rejected);
    Corpus corpus;
    if (sources.readsStandardInput()) {
      long[] rows = {-1};
      try (InputStream spooled =
          spool()
              .open(
                  standardInput,
                  sources.deadline(),
                  count -> acknowledge(count, rows),
                  isStopped)) {
        corpus = RunData.read(sources, spooled, rejected);
      }
      listener.rowsKept(rows[0], true);
      listener.note("standard input ended; %d rows are kept".formatted(rows[0]));
    } else {
      corpus = RunData.read(sources, standardInput, rejected);
    }
    CorpusNotes.tell(corpus, folder.rejected(), listener);
    return corpus;
  }

  private void refuseAnother(Manifest manifest) {
    DecoderShape shape = shape();
    if (!manifest.shape().equals(shape)) {
      throw new UserException(
          "The checkpoint holds a model of %s, and the configuration says %s; a resumed run keeps its model."
              .formatted(manifest.shape(), shape));
    }
    if (manifest.run().seed() != settings.session().seed()) {
      throw new UserException(
          "The run was started with seed %d, and %d is given; a resumed run keeps its seed."
              .formatted(manifest.run().seed(), settings.session().seed()));
    }
    if (!text.isSame(manifest)) {
      throw new UserException(
          "The text is not the one that the run was trained on; give the same data, or start a new run.");
    }
  }

  private DecoderShape shape() {
    return settings.model().shape(text.tokenizer().vocabularySize(), text.domains().size());
  }

  private void acknowledge(long count, long[] rows) {
    if (rows[0] < 0 && count > 0) {
      listener.note(
          "%d rows of standard input are kept from before; reading continues after them"
              .formatted(count));
    }
    rows[0] = count;
    listener.rowsKept(count, false);
  }

  private static void refuseWithoutRoom(TrainingSessionSettings session) {
    TransportSettings transport = session.actors().transport();
    Members members = session.nodes().members();
    if (session.nodes().isOneNode()) {
      LogFolder.refuseWithoutRoom(transport);
    } else {
      LogFolder.refuseWithoutRoom(
          transport, new MachineNodes(members.hosts().size(), members.devices().size()));
    }
  }

  private void refuseTooLarge() {
    TrainingSessionSettings session = settings.session();
    if (session.throughActors() && !place.isCluster()) {
      refuseWithoutRoom(session);
    }
    DecoderShape shape = shape();
    listener.note(ShapeSentence.of(shape));
    StepRules rules = settings.optimizer().rules();
    if (!place.isCluster()) { // a node of a cluster has only its share
      refuseTooLittleMemory(shape, rules);
    }
    CheckpointSettings checkpoints = settings.checkpoint();
    long planned =
        checkpoints.every() == 0 ? 1 : 1 + settings.optimizer().steps() / checkpoints.every();
    claim
        .folder()
        .refuseFull(
            CheckpointSize.estimate(shape, ElementType.FLOAT32, rules.mostStale()),
            Math.min(planned, checkpoints.keep() + 1L) + 1);
  }

  private void refuseTooLittleMemory(DecoderShape shape, StepRules rules) {
    TrainingSessionSettings session = settings.session();
    BatchSettings batches = settings.batch().of(text.domains());
    Decoder decoder = new Decoder(shape);
    ElementType type = ElementType.FLOAT32;
    DeviceSettings device = settings.device();
    long available = MachineMemory.availableBytes();
    if (session.nodes().isOneNode()) {
      MemoryNeed need =
          session.throughActors()
              ? MemoryNeed.ofActors(
                  decoder, type, rules, session.actors(), batches, device.memoryBytes())
              : MemoryNeed.ofReference(decoder, type, rules, batches);
      need.refuseTooLittle(device.memoryBytes(), device.hostMemoryBytes(), available);
    } else {
      Members members = session.nodes().members();
      Placement placement = Placement.first(decoder, rules.replicas(), members);
      NodesNeed.of(decoder, type, rules, session.actors(), batches, placement, device.memoryBytes())
          .refuseTooLittle(device.memoryBytes(), device.hostMemoryBytes(), available);
    }
  }

  private void reportResume(Checkpoint from) {
    listener.note(resumeSentence(from));
    Path metrics = claim.folder().metrics();
    if (from.manifest().step() > 0 && !Files.exists(metrics)) {
      listener.note(
          "%s is missing: a new file starts after step %d, and the lines of earlier steps are lost"
              .formatted(metrics, from.manifest().step()));
    }
  }

  private String resumeSentence(Checkpoint from) {
    DataPosition position = from.manifest().run().data().position();
    StringBuilder sentence =
        new StringBuilder(
            "going on from %s after step %d".formatted(from.folder(), position.step()));
    for (int domain = 0; domain < text.domains().size(); domain++) {
      String name = text.domains().get(domain);
      text.place(domain, position.streams().get(domain))
          .ifPresent(place -> sentence.append("; %s: %s".formatted(name, place)));
    }
    return sentence.toString();
  }
}
