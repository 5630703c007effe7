package jingwei.streams.batch;

import java.util.ArrayList;
import java.util.List;
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
    List<Integer> present = Packer.present(documents);
    DocumentFlow flow = new DocumentFlow(tokenising, progress, seed);
    List<Source<PlacedDocument, NotUsed>> sources = new ArrayList<>();
    for (int domain : present) {
      sources.add(flow.of(documents.get(domain), domain, start.streams().get(domain)));
    }
    PackStage stage = new PackStage(present, () -> new Packer(settings, present, routes, start));
    return Source.fromGraph(
            GraphDSL.<SourceShape<Batch>>create(
                builder -> {
                  UniformFanInShape<PlacedDocument, Batch> pack = builder.add(stage);
                  for (int i = 0; i < sources.size(); i++) {
                    builder.from(builder.add(sources.get(i))).toInlet(pack.in(i));
                  }
                  return SourceShape.of(pack.out());
                }))
        .async()
        .addAttributes(Attributes.inputBuffer(1, 1));
  }
}
