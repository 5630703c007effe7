package jingwei.actors.device;

import java.util.HashSet;
import java.util.Set;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;

/** The weights of a stage on the device of their owner, where they are read in place. */
public final class OwnWeights implements StageWeights {
  private final Peers peers;
  private final int stage;
  private final StageMemory memory;
  private final boolean isVersionFixed;
  private final Set<Long> asked = new HashSet<>();

  /**
   * @param stage index in the decoder's stages
   * @param memory that the owner shares
   * @param isVersionFixed whether a step reads one certain version, and may ask for it early
   */
  public OwnWeights(Peers peers, int stage, StageMemory memory, boolean isVersionFixed) {
    this.peers = peers;
    this.stage = stage;
    this.memory = memory;
    this.isVersionFixed = isVersionFixed;
  }

  @Override
  public boolean isReady(long step) {
    if (memory.read(step) != null) {
      return true;
    }
    ask(step);
    return false;
  }

  @Override
  public ParameterSet read(long step) {
    return memory.read(step);
  }

  @Override
  public Gradients gradients(long step, int replica) {
    return memory.gradients(step).of(replica);
  }

  @Override
  public void replicaIsDone(long step, int replica) {
    peers.owner(stage).tell(new StageOwner.ReplicaDone(step, replica));
  }

  @Override
  public void on(DenseStage.Command command) {
    switch (command) {
      case DenseStage.Begin(long step) -> {
        if (isVersionFixed) {
          ask(step);
        }
      }
      case DenseStage.MayRead(long step) -> asked.remove(step);
      default -> throw new IllegalStateException("the owner's stage does not expect " + command);
    }
  }

  private void ask(long step) {
    if (asked.add(step)) {
      peers.owner(stage).tell(new StageOwner.Need(step));
    }
  }
}
