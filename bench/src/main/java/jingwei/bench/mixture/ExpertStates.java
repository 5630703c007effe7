package jingwei.bench.mixture;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.Owner;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.state.OwnerState;

/**
 * Weights and moments of all experts, and the gradients that the optimizer reads. It is the store
 * of experts on the host, which several trainers may use one after the other, or the memory of a
 * device that holds all experts.
 */
public final class ExpertStates implements AutoCloseable {
  private final ExpertNumbers numbers;
  private final ElementType type;
  private final NativeMemory memory;
  private final List<ExpertTensor> weights = new ArrayList<>();
  private final List<OwnerState> states = new ArrayList<>();
  private final ExpertTensor[] gradients;
  private final ExpertTensor noGradient;

  /** Gradients that were used since the states were set to their initial values. */
  private final boolean[] isGradientUsed;

  /** Allocates states of zeros. Gradients are allocated when they are first used. */
  public ExpertStates(Decoder decoder, ElementType type, String name) {
    this.numbers = new ExpertNumbers(decoder);
    this.type = type;
    this.memory = NativeMemory.unbounded(name);
    gradients = new ExpertTensor[numbers.count()];
    isGradientUsed = new boolean[numbers.count()];
    noGradient = allocate();
    for (int number = 0; number < numbers.count(); number++) {
      Owner owner = numbers.owner(number);
      ExpertTensor own = allocate();
      weights.add(own);
      states.add(
          new OwnerState(
              new Owner(owner.name(), own.rows().values().layout(), true),
              own.rows().values(),
              allocate().rows().values(),
              allocate().rows().values()));
    }
  }

  private ExpertTensor allocate() {
    return ExpertTensor.allocate(numbers.decoder().expertLayout(), type, memory);
  }

  /** Draws the initial weights of the product's trainers, and sets moments and counts to zero. */
  public void initialise(long seed) {
    Arrays.fill(isGradientUsed, false);
    IntStream.range(0, numbers.count())
        .parallel()
        .forEach(
            number -> {
              OwnerState state = states.get(number);
              weights.get(number).values().initialise(seed, state.owner().name());
              state.firstMoment().flat().segment().fill((byte) 0);
              state.secondMoment().flat().segment().fill((byte) 0);
              state.setClock(0, 0, 0);
            });
  }

  /** Number of experts, over all layers. */
  public int count() {
    return numbers.count();
  }

  /** Weights and moments of an expert, each parameter as one row. */
  public OwnerState state(int expert) {
    return states.get(expert);
  }

  /** The weights of an expert as its layers see them. */
  public ParameterSet weights(int expert) {
    return weights.get(expert).values();
  }

  /** Where the gradient of an expert arrives. */
  ExpertTensor gradient(int expert) {
    if (gradients[expert] == null) {
      gradients[expert] = allocate();
    }
    isGradientUsed[expert] = true;
    return gradients[expert];
  }

  /** The gradient of every expert that was not activated: zeros that stay in the caches. */
  ExpertTensor noGradient() {
    return noGradient;
  }

  /** Bytes of weights, moments, and the gradients that were used since {@link #initialise}. */
  public long bytes() {
    long unused = 0;
    for (int expert = 0; expert < gradients.length; expert++) {
      if (gradients[expert] != null && !isGradientUsed[expert]) {
        unused += gradients[expert].flat().size() * type.bytes();
      }
    }
    return memory.usedBytes() - unused;
  }

  @Override
  public void close() {
    memory.close();
  }
}
