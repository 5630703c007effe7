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
import jingwei.streams.live.LiveDocuments;

/** The text of a run, as training, evaluation and checkpoints need it. */
interface RunText {
  Tokenizer tokenizer();

  /** Names of the domains, by index. */
  List<String> domains();

  /** Draws the route tables of a new run. */
  List<RouteTable> drawRoutes(DecoderShape shape, RouteMode mode, long seed);

  /** The training documents, for a trainer that reads them itself. */
  DocumentStreams documents(long seed);

  /** Feeds a session from a position on. */
  BatchFeed feed(BatchSettings settings, long seed, DataPosition start);

  /** Held-out documents of each domain that an evaluation at a position reads. */
  List<DocumentSource> heldOut(DataPosition position);

  /** A fingerprint of the text that a checkpoint at a position refers to. */
  long fingerprint(DataPosition position);

  /** Whether this is the text that a checkpoint refers to. */
  boolean isSame(Manifest manifest);

  /** Number of documents that were read completely up to a position, in all domains and epochs. */
  long documentsSeen(DataPosition position);

  /** The epoch of the domain with the least progress, counted from 0. */
  int epoch(DataPosition position);

  /** A position in a domain, for a sentence; empty if the domain has no documents. */
  Optional<String> place(int domain, DomainStream.Position at);

  /** Takes no more rows, if rows still come. */
  void stopRows();

  /** The documents that still arrive; empty if all were there at the start. */
  Optional<LiveDocuments> live();
}
