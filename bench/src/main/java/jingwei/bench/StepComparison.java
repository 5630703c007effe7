package jingwei.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;
import jingwei.actors.transport.TransportSettings.Local;
import jingwei.bench.TrainerCase.Work;
import jingwei.bench.peer.TorchProcess;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchStream;

/**
 * One shape on one worker, on two workers, and on a peer with two threads. They take turns, so that
 * other load on the machine affects all of them. The fastest round of each counts.
 */
final class StepComparison implements AutoCloseable {
  /** The first steps warm everything up; their losses are compared. */
  private static final int COMPARED_STEPS = 20;

  private static final int STEPS = 3;

  private final Work work;
  private final ProductLimit limit;
  private final TrainerCase one;
  private final TrainerCase other;
  private final TrainerCase two;
  private final Optional<TorchProcess> peer;
  private final BatchStream peerBatches;
  private double limitFlopPerSecond;
  private double oneSpeed;
  private double independentSpeed;
  private double twoSpeed;
  private double peerSpeed;
  private double peerLoss;
  private int peerExperts;
  private double lossDifference;

  StepComparison(Work work, boolean withPeer, Local local) {
    this.work = work;
    limit = new ProductLimit(2, work.precision());
    one = new TrainerCase(work, 1, 1, local, Long.MAX_VALUE);
    other = new TrainerCase(work, 1, 1, local, Long.MAX_VALUE);
    two = new TrainerCase(work, 2, 1, local, Long.MAX_VALUE);
    peer = withPeer ? Optional.of(two.peer(2)) : Optional.empty();
    peerBatches = work.stream();
  }

  void run(int rounds) throws InterruptedException, ExecutionException {
    one.run(STEPS);
    other.run(STEPS);
    two.run(COMPARED_STEPS);
    List<Double> losses = List.copyOf(two.losses());
    peer.ifPresent(process -> lossDifference = largest(losses, peerSteps(process, COMPARED_STEPS)));
    for (int round = 0; round < rounds; round++) {
      limitFlopPerSecond = Math.max(limitFlopPerSecond, limit.flopPerSecond());
      twoSpeed = Math.max(twoSpeed, two.run(STEPS));
      peer.ifPresent(process -> peerSteps(process, STEPS));
      oneSpeed = Math.max(oneSpeed, one.run(STEPS));
      independentSpeed = Math.max(independentSpeed, independent());
    }
  }

  /** Runs two independent trainers with one worker each at the same time. */
  private double independent() throws InterruptedException, ExecutionException {
    FutureTask<Double> beside = new FutureTask<>(() -> other.run(STEPS));
    Thread thread = new Thread(beside, "independent trainer");
    thread.start();
    double own = one.run(STEPS);
    return own + beside.get();
  }

  void report(ObjectNode row) {
    row.put("tokensPerSecond", twoSpeed)
        .put("limitShare", limitShare())
        .put("productLimitFlopPerSecond", limitFlopPerSecond)
        .put("loss", two.lastLoss());
    row.putObject("lanes")
        .put("one", oneSpeed)
        .put("two", twoSpeed)
        .put("ratio", twoSpeed / oneSpeed)
        .put("twoIndependent", independentSpeed)
        .put("toIndependent", twoSpeed / independentSpeed);
    if (peer.isPresent()) {
      row.put("peer", "libtorch 2.7.1, two threads")
          .put("peerTokensPerSecond", peerSpeed)
          .put("ratio", twoSpeed / peerSpeed)
          .put("peerLoss", peerLoss);
      if (isSameModel()) {
        row.put("lossDifference", lossDifference).put("comparedSteps", COMPARED_STEPS);
      } else {
        row.put("peerExpertsUsed", peerExperts);
      }
    }
  }

  void print(String name) {
    System.err.printf(
        "%-24s two workers %6.0f tokens/s, one %6.0f (%.2f), two runs of one each %6.0f (%.2f); %.2f of the product limit of %.0f GFLOP/s%n",
        name,
        twoSpeed,
        oneSpeed,
        twoSpeed / oneSpeed,
        independentSpeed,
        twoSpeed / independentSpeed,
        limitShare(),
        limitFlopPerSecond / 1e9);
    if (peer.isPresent()) {
      System.err.printf(
          "    libtorch, two threads %6.0f: ours is %.2f times as fast; %s%n",
          peerSpeed,
          twoSpeed / peerSpeed,
          isSameModel()
              ? "losses of %d steps differ by at most %.1e"
                  .formatted(COMPARED_STEPS, lossDifference)
              : "its gates are learned, %d experts were used".formatted(peerExperts));
    }
  }

  @Override
  public void close() {
    peer.ifPresent(TorchProcess::close);
    one.close();
    other.close();
    two.close();
    limit.close();
  }

  /** A mixture with learned gates is a different model from one with drawn routes. */
  private boolean isSameModel() {
    return work.shape().routedBlocks() == 0;
  }

  private double limitShare() {
    return twoSpeed * work.productFlopPerToken() / limitFlopPerSecond;
  }

  private List<Double> peerSteps(TorchProcess process, int steps) {
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      batches.add(peerBatches.next());
    }
    TorchProcess.Answer answer = process.run(batches);
    peerLoss = answer.losses().getLast();
    peerExperts = answer.usedExperts();
    double tokens = (double) steps * work.rows() * work.shape().context();
    peerSpeed = Math.max(peerSpeed, tokens / answer.seconds());
    return answer.losses();
  }

  /** Largest relative difference between two lists of losses. */
  private static double largest(List<Double> ours, List<Double> theirs) {
    return IntStream.range(0, ours.size())
        .mapToDouble(i -> Math.abs(ours.get(i) - theirs.get(i)) / theirs.get(i))
        .max()
        .orElseThrow();
  }
}
