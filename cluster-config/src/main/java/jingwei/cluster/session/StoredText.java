package jingwei.cluster.session;

import java.util.List;
import java.util.Optional;
import jingwei.actors.train.BatchFeed;
import jingwei.model.checkpoint.Manifest;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.DocumentStreams;
import jingwei.model.data.DomainStream;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.routing.RouteMode;
import jingwei.model.routing.RouteTable;
import jingwei.model.text.Tokenizer;
import jingwei.streams.batch.StreamFeed;
import jingwei.streams.live.LiveDocuments;

/** A text that is all there before training begins. */
final class StoredText implements RunText {
  private final RunData data;
  private final long fingerprint;

  StoredText(RunData data) {
    this.data = data;
    this.fingerprint = DataFingerprint.of(data);
  }

  @Override
  public Tokenizer tokenizer() {
    return data.tokenizer();
  }

  @Override
  public List<String> domains() {
    return data.domains();
  }

  @Override
  public List<RouteTable> drawRoutes(DecoderShape shape, RouteMode mode, long seed) {
    return data.drawRoutes(shape, mode, seed);
  }

  @Override
  public DocumentStreams documents(long seed) {
    return DocumentStreams.shuffled(data.train(), seed);
  }

  @Override
  public BatchFeed feed(BatchSettings settings, long seed, DataPosition start) {
    return new StreamFeed(settings, data.train(), seed, start);
  }

  /** The same documents at every position. */
  @Override
  public List<DocumentSource> heldOut(DataPosition position) {
    return data.heldOut();
  }

  /** The fingerprint of the whole text. */
  @Override
  public long fingerprint(DataPosition position) {
    return fingerprint;
  }

  @Override
  public boolean isSame(Manifest manifest) {
    return DataFingerprint.isSame(manifest, data);
  }

  @Override
  public long documentsSeen(DataPosition position) {
    return data.documentsSeen(position);
  }

  @Override
  public int epoch(DataPosition position) {
    return data.epoch(position);
  }

  @Override
  public Optional<String> place(int domain, DomainStream.Position at) {
    int documents = data.train().get(domain).size();
    return documents == 0
        ? Optional.empty()
        : Optional.of(
            "epoch %d, document %d of %d, token %d"
                .formatted(at.epoch(), at.document() + 1, documents, at.offset()));
  }

  @Override
  public void stopRows() {
    // All rows were there at the start.
  }

  @Override
  public Optional<LiveDocuments> live() {
    return Optional.empty();
  }
}
