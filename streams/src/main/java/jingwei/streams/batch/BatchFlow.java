package jingwei.streams.batch;

import java.util.ArrayList;
import java.util.List;
import jingwei.actors.progress.Progress;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.EncodedDocument;
import jingwei.model.data.PositionedBatch;
import jingwei.model.data.RoutedBatch;
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
 *   documents of domain 1 -> tokenise --> pack by the domain schedule -> route ahead -> (lookahead)
 *   ...                               -/
 * </pre>
 *
 * Nothing is read before it is asked for; the order is a function of seed and data alone.
 */
public final class BatchFlow {
  private BatchFlow() {}

  /**
   * @param documents of each domain; a domain may have none, but not all of them
   * @param start where the run goes on
   * @param routes tables of the RRE layers
   * @param progress counts every document that was tokenised
   */
  public static Source<PositionedBatch, NotUsed> of(
      BatchSettings settings,
      List<List<EncodedDocument>> documents,
      long seed,
      BatchStream.Position start,
      List<RouteTable> routes,
      Progress progress) {
    List<Integer> present = PackStage.present(documents);
    if (present.isEmpty()) {
      throw new IllegalArgumentException("no document in any domain");
    }
    List<Source<NumberedDocument, NotUsed>> sources = new ArrayList<>();
    for (int domain : present) {
      sources.add(
          DocumentOrder.of(
              documents.get(domain), seed, domain, start.streams().get(domain), progress));
    }
    return Source.fromGraph(
            GraphDSL.<SourceShape<PackStage.Packed>>create(
                builder -> {
                  UniformFanInShape<NumberedDocument, PackStage.Packed> pack =
                      builder.add(new PackStage(settings, present, start));
                  for (int i = 0; i < sources.size(); i++) {
                    builder.from(builder.add(sources.get(i))).toInlet(pack.in(i));
                  }
                  return SourceShape.of(pack.out());
                }))
        .map(packed -> new PositionedBatch(RoutedBatch.of(packed.batch(), routes), packed.after()))
        .async()
        .addAttributes(Attributes.inputBuffer(1, 1));
  }
}
