package jingwei.cluster.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import jingwei.actors.step.FaultPlan;
import jingwei.cluster.settings.Configuration;
import jingwei.cluster.settings.DataSettings;
import jingwei.cluster.settings.TrainSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Checkpoint;
import jingwei.model.checkpoint.CheckpointSize;
import jingwei.model.checkpoint.DurableFile;
import jingwei.model.corpus.Corpus;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DomainStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.memory.ElementType;
import jingwei.model.text.Tokenizer;
import jingwei.streams.session.MemoryNeed;

/**
 * Everything before the first step: the folder is taken, the text read, and what the run will need
 * of memory and disk is compared with what there is.
 */
public final class RunStart implements AutoCloseable {
  private final Configuration configuration;
  private final TrainSettings settings;
  private final RunFolder folder;
  private final Checkpoint from;
  private final RunListener listener;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final RunData data;

  /**
   * @param from where the run goes on; null from its first step
   * @param isResumed whether the folder may hold a run
   * @param standardInput read if the configuration names it
   * @param isStopped whether a signal to stop has come
   * @throws UserException if anything is missing; a folder made for nothing is removed
   */
  public RunStart(
      Configuration configuration,
      RunFolder folder,
      Checkpoint from,
      boolean isResumed,
      InputStream standardInput,
      BooleanSupplier isStopped,
      RunListener listener) {
    this.configuration = configuration;
    this.settings = TrainSettings.of(configuration);
    this.folder = folder;
    this.from = from;
    this.listener = listener;
    open.push(RunLock.of(folder));
    try {
      if (!isResumed) {
        DurableFile.replace(folder.configuration(), configuration.render());
      }
      Corpus corpus = read(standardInput, isStopped);
      Tokenizer tokenizer =
          from == null
              ? RunData.tokenizer(configuration, settings, corpus)
              : Tokenizer.load(from.tokenizer());
      open.push(tokenizer);
      List<String> domains =
          from == null ? List.copyOf(corpus.domains().keySet()) : from.manifest().domains();
      data = RunData.encode(corpus, tokenizer, domains, settings.data().partBytes());
      refuseTooLarge();
      if (from != null) {
        listener.note(whereItGoesOn());
      }
    } catch (IOException e) {
      close();
      throw new UncheckedIOException(e);
    } catch (UserException mistake) {
      if (!isResumed) {
        folder.discard();
      }
      close();
      throw mistake;
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** The run, ready to take its first step. */
  public TrainingRun run(FaultPlan faults) {
    return new TrainingRun(configuration, data, folder, from, listener, faults);
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

  private Corpus read(InputStream standardInput, BooleanSupplier isStopped) throws IOException {
    DataSettings sources = settings.data();
    try (RejectedRowLog rejected = new RejectedRowLog(folder.rejected())) {
      Corpus corpus;
      if (sources.readsStandardInput()) {
        long[] rows = {-1};
        try (InputStream spooled =
            folder
                .spool()
                .open(
                    standardInput,
                    sources.deadline(),
                    count -> acknowledge(count, rows),
                    isStopped)) {
          corpus = RunData.read(sources, spooled, rejected);
        }
        listener.note("standard input ended; %d rows are kept".formatted(rows[0]));
      } else {
        corpus = RunData.read(sources, standardInput, rejected);
      }
      CorpusNotes.tell(corpus, folder.rejected(), listener);
      return corpus;
    }
  }

  private void acknowledge(long count, long[] rows) {
    if (rows[0] < 0 && count > 0) {
      listener.note(
          "%d rows of standard input are kept from before; it goes on after them".formatted(count));
    }
    rows[0] = count;
  }

  private void refuseTooLarge() {
    DecoderShape shape =
        TrainSettings.shape(
            configuration, data.tokenizer().vocabularySize(), data.domains().size());
    listener.note(ShapeSentence.of(shape));
    BatchSettings batches = settings.batches(configuration, data.domains());
    Decoder decoder = new Decoder(shape);
    ElementType type = ElementType.FLOAT32;
    MemoryNeed need =
        settings.throughActors()
            ? MemoryNeed.ofActors(
                decoder,
                type,
                settings.rules(),
                settings.actors(),
                batches,
                settings.deviceMemoryBytes())
            : MemoryNeed.ofReference(decoder, type, settings.rules(), batches);
    need.refuseTooLittle(
        settings.deviceMemoryBytes(), settings.hostMemoryBytes(), MachineMemory.availableBytes());
    long planned =
        settings.checkpointEvery() == 0
            ? 1
            : 1 + settings.learningRate().steps() / settings.checkpointEvery();
    folder.refuseFull(
        CheckpointSize.estimate(shape, type, settings.rules().mostStale()),
        Math.min(planned, settings.checkpointKeep() + 1L) + 1);
  }

  private String whereItGoesOn() {
    BatchStream.Position position = from.manifest().dataPosition();
    StringBuilder sentence =
        new StringBuilder(
            "going on from %s after step %d".formatted(from.folder(), position.step()));
    for (int domain = 0; domain < data.domains().size(); domain++) {
      int documents = data.train().get(domain).size();
      if (documents > 0) {
        DomainStream.Position at = position.streams().get(domain);
        sentence.append(
            "; %s: epoch %d, document %d of %d, token %d"
                .formatted(
                    data.domains().get(domain),
                    at.epoch(),
                    at.document() + 1,
                    documents,
                    at.offset()));
      }
    }
    return sentence.toString();
  }
}
