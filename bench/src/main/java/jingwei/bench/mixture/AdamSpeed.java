package jingwei.bench.mixture;

import java.util.stream.IntStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Workspace;
import jingwei.model.memory.NativeMemory;
import jingwei.model.optim.Adam;
import jingwei.model.optim.UpdateStep;
import jingwei.model.state.OwnerState;

/**
 * How long Adam alone takes over the store of experts, and how long a plain pass takes that reads
 * and writes the same bytes with the same workers.
 */
public final class AdamSpeed implements AutoCloseable {
  private final Mixture mixture;
  private final ExpertStates states;
  private final NativeMemory memory = NativeMemory.unbounded("adam");
  private final Workers workers;
  private final ExpertUpdater updater;

  /**
   * @param lanes number of workers
   */
  public AdamSpeed(Mixture mixture, ExpertStates states, int lanes) {
    this.mixture = mixture;
    this.states = states;
    updater = new ExpertUpdater(new Adam(mixture.optimizer().adam()));
    Decoder decoder = new Decoder(mixture.shape());
    workers =
        new Workers(
            IntStream.range(0, lanes)
                .mapToObj(
                    lane ->
                        new Workspace(
                            decoder, mixture.kernels().apply(memory), mixture.type(), 1, memory))
                .toList());
    for (int expert = 0; expert < states.count(); expert++) {
      states.gradient(expert);
    }
  }

  /**
   * Seconds of one update of all experts at a learning rate of zero: weights stay, moments decay.
   */
  public double adamSeconds() {
    long start = System.nanoTime();
    workers.deal(
        states.count(),
        (workspace, expert) -> {
          OwnerState state = states.state(expert);
          UpdateStep step = new UpdateStep(state.lastStep() + 1, state.lastApplied() + 1, 0, 1);
          updater.update(workspace.kernels(), state, states.gradient(expert).rows(), step);
        });
    return (System.nanoTime() - start) / 1e9;
  }

  /** Seconds of one plain pass, which leaves all values as they are. */
  public double passSeconds() {
    long start = System.nanoTime();
    workers.deal(
        states.count(),
        (workspace, expert) -> {
          OwnerState state = states.state(expert);
          StreamPass.run(
              state.weights().flat(),
              states.gradient(expert).flat(),
              state.firstMoment().flat(),
              state.secondMoment().flat(),
              0);
        });
    return (System.nanoTime() - start) / 1e9;
  }

  /** Bytes that either of them reads and writes. */
  public long bytes() {
    return 7L * mixture.type().bytes() * states.count() * states.weights(0).flat().size();
  }

  @Override
  public void close() {
    workers.close();
    memory.close();
  }
}
