package jingwei.cluster.session;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import jingwei.actors.train.BatchFeed;
import jingwei.cluster.settings.RunSettings;
import jingwei.model.UserException;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.corpus.RejectedRow;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DocumentStreams;
import jingwei.model.data.DomainStream;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.state.ModelState;
import jingwei.model.text.Tokenizer;
import jingwei.streams.batch.LiveFeed;
import jingwei.streams.live.LiveDocuments;
import jingwei.streams.live.LiveHistory;
import jingwei.streams.live.LiveSource;
import jingwei.streams.spool.GrowingSpool;
import jingwei.streams.spool.RowIntake;
import jingwei.streams.spool.RowSpool;

/** A text whose rows still come. Its rows up to a position are what a checkpoint refers to. */
public final class LiveText implements RunText, AutoCloseable {
  private final LiveSource source;
  private final GrowingSpool spool;
  private final LiveDocuments documents;
  private final LiveHistory history;

  /**
   * @param spool the rows of earlier starts of the run; it is opened here
   * @param rejected receives every row that cannot be used
   * @throws UserException if the tokenizer has no token for a domain, or the rows are not those
   *     that were acknowledged
   */
  LiveText(
      RunSettings settings, Tokenizer tokenizer, RowSpool spool, Consumer<RejectedRow> rejected) {
    this.source = source(settings, tokenizer);
    this.spool = spool.grow();
    this.documents = new LiveDocuments(source, this.spool, rejected);
    this.history =
        new LiveHistory(source, this.spool::reader, settings.checkpoint().evaluationTokens());
  }

  /**
   * The held-out documents that the evaluation of a checkpoint read, by domain index. Changes
   * nothing.
   *
   * @param settings of the run that wrote the checkpoint
   * @throws UserException if the run's folder does not hold its rows
   */
  public static List<DocumentSource> heldOutAgain(
      RunSettings settings, Manifest manifest, Tokenizer tokenizer, Path checkpoint) {
    RowSpool spool =
        RunFolder.of(checkpoint)
            .map(RunFolder::spool)
            .filter(RowSpool::exists)
            .orElseThrow(
                () ->
                    new UserException(
                        "The run was trained on live rows, and its folder does not hold them; give the text with --data."));
    try (LiveHistory history =
        new LiveHistory(
            source(settings, tokenizer),
            () -> open(spool),
            settings.checkpoint().evaluationTokens())) {
      if (!isSame(manifest, history)) {
        throw new UserException(
            "The rows of the run have changed since the checkpoint was written; give the text with --data.");
      }
      return history.heldOut(manifest.run().data().position());
    }
  }

  private static LiveSource source(RunSettings settings, Tokenizer tokenizer) {
    return new LiveSource(tokenizer, settings.data().live().domains(), settings.data().files());
  }

  private static InputStream open(RowSpool spool) {
    try {
      return spool.readSoFar();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSame(Manifest manifest, LiveHistory history) {
    DataPosition position = manifest.run().data().position();
    return manifest.run().data().fingerprint() == history.fingerprint(position);
  }

  /**
   * Begins to take rows.
   *
   * @param standardInput continues after the rows that are there; not read if it has ended before
   * @param isStopped whether its end may come from a signal to stop
   * @param listener is told which rows are durable
   */
  void begin(InputStream standardInput, BooleanSupplier isStopped, RunListener listener) {
    listener.rowsKept(rows(), isEnded());
    RowIntake.start(
        standardInput,
        spool,
        source.settings().maxLineBytes(),
        rows -> listener.rowsKept(rows, isEnded()),
        isStopped);
  }

  /** Number of durable rows. */
  long rows() {
    return spool.count();
  }

  /** True if standard input has ended, now or in an earlier start. */
  boolean isEnded() {
    return spool.isEnded();
  }

  @Override
  public Tokenizer tokenizer() {
    return source.tokenizer();
  }

  @Override
  public List<String> domains() {
    return source.domains();
  }

  /** The mode does not count tokens: settings with another one are refused. */
  @Override
  public List<RouteTable> drawRoutes(DecoderShape shape, RouteMode mode, long seed) {
    return ModelState.drawRoutes(
        shape, mode, seed, new long[domains().size()][tokenizer().vocabularySize()]);
  }

  /** The order is that of arrival, whatever the seed. */
  @Override
  public DocumentStreams documents(long seed) {
    return documents;
  }

  @Override
  public BatchFeed feed(BatchSettings settings, long seed, DataPosition start) {
    return new LiveFeed(settings, documents, start);
  }

  @Override
  public List<DocumentSource> heldOut(DataPosition position) {
    return history.heldOut(position);
  }

  @Override
  public long fingerprint(DataPosition position) {
    return history.fingerprint(position);
  }

  @Override
  public boolean isSame(Manifest manifest) {
    return isSame(manifest, history);
  }

  @Override
  public long documentsSeen(DataPosition position) {
    return position.streams().stream().mapToLong(DomainStream.Position::document).sum();
  }

  /** Nothing is repeated. */
  @Override
  public int epoch(DataPosition position) {
    return 0;
  }

  @Override
  public Optional<String> place(int domain, DomainStream.Position at) {
    return Optional.of("document %d, token %d".formatted(at.document() + 1, at.offset()));
  }

  @Override
  public void stopRows() {
    spool.stop();
  }

  @Override
  public Optional<LiveDocuments> live() {
    return Optional.of(documents);
  }

  @Override
  public void close() {
    history.close();
    spool.close();
  }
}
