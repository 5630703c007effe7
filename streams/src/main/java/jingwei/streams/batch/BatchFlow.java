package jingwei.streams.batch;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import jingwei.actors.progress.Progress;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.DataPosition;
import jingwei.model.data.DocumentSource;
import jingwei.model.data.Packer;
import jingwei.model.data.PlacedDocument;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.SourceShape;
import org.apache.pekko.stream.UniformFanInShape;
import org.apache.pekko.stream.javadsl.GraphDSL;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The batches of a run as a stream:
 *
 * <pre>
 *   documents of domain 0 -> tokenise -\
 *   documents of domain 1 -> tokenise --> pack by the domain schedule, and route -> (lookahead)
 *   ...                               -/
 * </pre>
 *
 * Documents are read only on demand. Their order is a function of seed and data alone.
 */
public final class BatchFlow {
  private BatchFlow() {}

  /**
   * @param documents of each domain; some domains may have none, but not all
   * @param seed of their order
   * @param start position where the run continues
   * @param routes tables of the RRE layers
   * @param progress counts every document that was tokenised
   * @param tokenising executor that reads documents
   */
  public static Source<Batch, NotUsed> of(
      BatchSettings settings,
      List<DocumentSource> documents,
      long seed,
      DataPosition start,
      List<RouteTable> routes,
      Progress progress,
      Executor tokenising) {
    DocumentFlow flow = new DocumentFlow(tokenising, progress, seed);
    SortedMap<Integer, Source<PlacedDocument, NotUsed>> sources = new TreeMap<>();
    for (int domain : Packer.present(documents)) {
      sources.put(domain, flow.of(documents.get(domain), domain, start.streams().get(domain)));
    }
    return of(settings, sources, start, routes);
  }

  /**
   * Packs documents. If those of a domain end, the batches end with the last complete one.
   *
   * @param documents of each domain that has some, from the position on
   * @param start position where the run continues
   * @param routes tables of the RRE layers
   */
  static Source<Batch, NotUsed> of(
      BatchSettings settings,
      SortedMap<Integer, Source<PlacedDocument, NotUsed>> documents,
      DataPosition start,
      List<RouteTable> routes) {
    List<Integer> present = List.copyOf(documents.keySet());
    PackStage stage = new PackStage(present, () -> new Packer(settings, present, routes, start));
    return Source.fromGraph(
            GraphDSL.<SourceShape<Batch>>create(
                builder -> {
                  UniformFanInShape<PlacedDocument, Batch> pack = builder.add(stage);
                  for (int i = 0; i < present.size(); i++) {
                    var source = builder.add(documents.get(present.get(i)));
                    builder.from(source).toInlet(pack.in(i));
                  }
                  return SourceShape.of(pack.out());
                }))
        .async()
        .addAttributes(Attributes.inputBuffer(1, 1));
  }
}
