package jingwei.model.state;

import java.util.ArrayList;
import java.util.List;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.Matrix;
import jingwei.model.memory.NativeMemory;

/**
 * Memory for the state of one owner at a time. Its blocks are as long as the longest owner and are
 * used again for every owner; they are allocated when they are first needed.
 */
public final class OwnerStaging {
  private final ElementType type;
  private final NativeMemory memory;
  private final long longest;
  private final List<Matrix> blocks = new ArrayList<>();
  private int taken;

  /**
   * @param memory for the blocks
   */
  public OwnerStaging(Decoder decoder, ElementType type, NativeMemory memory) {
    this.type = type;
    this.memory = memory;
    this.longest = longest(decoder);
  }

  /**
   * Most bytes that the blocks take.
   *
   * @param mostOlder most older versions of one owner
   */
  public static long bytes(Decoder decoder, ElementType type, int mostOlder) {
    long block = NativeMemory.rounded(Math.multiplyExact(longest(decoder), type.bytes()));
    return Math.multiplyExact(block, (long) OwnerState.TENSORS + mostOlder);
  }

  /**
   * A state of zeros with these counts, to be filled. The state that was begun before is no longer
   * valid.
   *
   * @param clock says how many older versions the state has
   */
  public WeightHistory begin(Owner owner, OwnerClock clock) {
    taken = 0;
    OwnerState state = new OwnerState(owner, next(owner), next(owner), next(owner));
    WeightHistory history = new WeightHistory(state, () -> next(owner));
    history.setClock(clock);
    return history;
  }

  /** The gaps between the parameters must be zero, and a longer owner may have been here. */
  private ParameterSet next(Owner owner) {
    if (taken == blocks.size()) {
      blocks.add(memory.matrix(type, 1, longest));
    }
    int length = Math.toIntExact(owner.layout().length());
    Matrix values = blocks.get(taken++).reshaped(0, 1, length);
    values.segment().fill((byte) 0);
    return new ParameterSet(owner.layout(), values);
  }

  private static long longest(Decoder decoder) {
    return decoder.owners().stream()
        .mapToLong(owner -> owner.layout().length())
        .max()
        .orElseThrow();
  }
}
