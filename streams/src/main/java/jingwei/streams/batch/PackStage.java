package jingwei.streams.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchSettings;
import jingwei.model.data.BatchStream;
import jingwei.model.data.DomainSchedule;
import jingwei.model.data.DomainStream;
import jingwei.model.data.MicroBatchBuilder;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.UniformFanInShape;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;

/**
 * Packs documents of all domains into batches, by the domain schedule. A document is asked for when
 * the batch at hand has room for it; so what is read is a function of the position alone. The
 * batches are those of {@link BatchStream}.
 */
final class PackStage extends GraphStage<UniformFanInShape<NumberedDocument, PackStage.Packed>> {
  private final BatchSettings settings;
  private final List<Integer> present;
  private final BatchStream.Position start;
  private final UniformFanInShape<NumberedDocument, Packed> shape;

  /** A batch and the position after it. */
  record Packed(Batch batch, BatchStream.Position after) {}

  /**
   * @param present domains that have documents, rising; inlet i belongs to the i-th of them
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of inlets, as the shape wants it
  PackStage(BatchSettings settings, List<Integer> present, BatchStream.Position start) {
    this.settings = settings;
    this.present = present;
    this.start = start;
    Inlet<NumberedDocument>[] inlets = new Inlet[present.size()];
    for (int i = 0; i < inlets.length; i++) {
      inlets[i] = Inlet.create("PackStage.domain" + present.get(i));
    }
    shape = new UniformFanInShape<>(Outlet.create("PackStage.batches"), inlets);
  }

  @Override
  public UniformFanInShape<NumberedDocument, Packed> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inheritedAttributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final DomainSchedule schedule;
    private final DomainStream.Position[] positions;
    private final NumberedDocument[] current;
    private long step = start.step();
    private MicroBatchBuilder builder;
    private int[] left;

    Logic() {
      super(shape);
      int domains = settings.weights().size();
      schedule = new DomainSchedule(settings.weights(), present, settings.domainsPerBatch());
      schedule.seek(start.schedule());
      positions = start.streams().toArray(DomainStream.Position[]::new);
      current = new NumberedDocument[domains];
      for (int i = 0; i < present.size(); i++) {
        int domain = present.get(i);
        Inlet<NumberedDocument> inlet = inlet(i);
        setHandler(
            inlet,
            new AbstractInHandler() {
              @Override
              public void onPush() {
                current[domain] = grab(inlet);
                proceed();
              }
            });
      }
      setHandler(
          shape.out(),
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              begin();
              proceed();
            }
          });
    }

    private void begin() {
      step++;
      left = schedule.next(settings.rows() * settings.context());
      builder = new MicroBatchBuilder(settings.context(), settings.rowsPerMicroBatch());
    }

    /** Packs until the batch is full or a document has to be waited for. */
    private void proceed() {
      for (int i = 0; i < present.size(); i++) {
        int domain = present.get(i);
        while (left[domain] > 0) {
          if (current[domain] == null) {
            pull(inlet(i));
            return;
          }
          left[domain] -= take(domain, Math.min(left[domain], builder.roomInRow()));
        }
      }
      Batch batch =
          new Batch(step, builder.build(), settings.replicas(), builder.documents(), epoch());
      push(shape.out(), new Packed(batch, position()));
    }

    private int take(int domain, int most) {
      NumberedDocument numbered = current[domain];
      int from = positions[domain].offset();
      int to = Math.min(numbered.document().inputs(), from + most);
      builder.add(new DomainStream.Piece(numbered.document(), from, to));
      if (to < numbered.document().inputs()) {
        positions[domain] = new DomainStream.Position(numbered.epoch(), numbered.index(), to);
      } else {
        current[domain] = null;
        positions[domain] =
            numbered.isLast()
                ? new DomainStream.Position(numbered.epoch() + 1, 0, 0)
                : new DomainStream.Position(numbered.epoch(), numbered.index() + 1, 0);
      }
      return to - from;
    }

    private BatchStream.Position position() {
      return new BatchStream.Position(
          step, new ArrayList<>(List.of(positions)), schedule.position());
    }

    private int epoch() {
      return present.stream().mapToInt(domain -> positions[domain].epoch()).min().orElseThrow();
    }

    private Inlet<NumberedDocument> inlet(int i) {
      return shape.in(i);
    }
  }

  /** Domains that have documents. */
  static List<Integer> present(List<? extends List<?>> documents) {
    return IntStream.range(0, documents.size())
        .filter(domain -> !documents.get(domain).isEmpty())
        .boxed()
        .toList();
  }
}
