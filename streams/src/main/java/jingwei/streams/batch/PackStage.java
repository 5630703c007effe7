package jingwei.streams.batch;

import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;
import jingwei.model.data.Packer;
import jingwei.model.data.PlacedDocument;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.UniformFanInShape;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;

/**
 * A {@link Packer} with an inlet for each domain that has documents. The batches are those of
 * {@link BatchStream}.
 */
final class PackStage extends GraphStage<UniformFanInShape<PlacedDocument, Batch>> {
  private final List<Integer> present;
  private final Supplier<Packer> packers;
  private final UniformFanInShape<PlacedDocument, Batch> shape;

  /**
   * @param present domains that have documents, in increasing order; inlet i belongs to the i-th of
   *     them
   * @param packers creates a packer for these domains
   */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of inlets, as the shape requires it
  PackStage(List<Integer> present, Supplier<Packer> packers) {
    this.present = present;
    this.packers = packers;
    Inlet<PlacedDocument>[] inlets = new Inlet[present.size()];
    for (int i = 0; i < inlets.length; i++) {
      inlets[i] = Inlet.create("PackStage.domain" + present.get(i));
    }
    shape = new UniformFanInShape<>(Outlet.create("PackStage.batches"), inlets);
  }

  @Override
  public UniformFanInShape<PlacedDocument, Batch> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inheritedAttributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final Packer packer = packers.get();

    Logic() {
      super(shape);
      for (int i = 0; i < present.size(); i++) {
        int domain = present.get(i);
        Inlet<PlacedDocument> inlet = shape.in(i);
        setHandler(
            inlet,
            new AbstractInHandler() {
              @Override
              public void onPush() {
                packer.add(domain, grab(inlet));
                proceed();
              }
            });
      }
      setHandler(
          shape.out(),
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              proceed();
            }
          });
    }

    /** Packs until the batch is complete or a document is missing. */
    private void proceed() {
      OptionalInt domain = packer.needs();
      if (domain.isPresent()) {
        pull(shape.in(present.indexOf(domain.getAsInt())));
      } else {
        push(shape.out(), packer.batch());
      }
    }
  }
}
