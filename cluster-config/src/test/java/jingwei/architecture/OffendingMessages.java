package jingwei.architecture;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import jingwei.actors.step.OfSession;
import jingwei.model.data.Batch;
import jingwei.model.data.BatchRoutes;
import jingwei.model.decoder.ActivationBuffers;
import jingwei.model.layer.Gradients;
import jingwei.model.layer.ParameterSet;
import jingwei.model.memory.Matrix;
import jingwei.model.state.OwnerState;
import org.apache.pekko.actor.typed.ActorRef;

/** Messages that must be refused, and one that is allowed. */
@SuppressWarnings("ArrayRecordComponent") // that is what is wrong with it
final class OffendingMessages {
  private OffendingMessages() {}

  interface Command {}

  interface Part {}

  enum Kind {
    ONE
  }

  record Nested(double number, List<Kind> kinds) implements Part {}

  record Fine(long step, String name, SortedMap<Integer, Nested> nested, ActorRef<Fine> replyTo)
      implements Command {}

  record HoldsMatrix(Matrix matrix) implements Command {}

  record HoldsSegment(MemorySegment segment) implements Command {}

  record HoldsBuffer(ByteBuffer buffer) implements Command {}

  record HoldsArray(long step, float[] values) implements Command {}

  record HoldsParameters(ParameterSet weights) implements Command {}

  record HoldsListOfGradients(List<Gradients> gradients) implements Command {}

  record HoldsMapToStates(Map<String, OwnerState> states) implements Command {}

  record HoldsActivations(ActivationBuffers activations) implements Command {}

  record HoldsRoutes(BatchRoutes routes) implements Command {}

  /** A record that contains a list of records with arrays. */
  record HoldsBatch(Batch batch) implements Command {}

  record HoldsPart(Part part) implements Command {}

  record TensorPart(Matrix matrix) implements Part {}

  record AsksForMatrix(ActorRef<Matrix> replyTo) implements Command {}

  record HoldsAnything(Object anything) implements Command {}

  record HoldsException(long step, Throwable cause) implements Command {}

  record HoldsSupplier(Supplier<String> supplier) implements Command {}

  record HoldsConsumer(Optional<Consumer<String>> consumer) implements Command {}

  record HoldsRunnable(List<Runnable> runnables) implements Command {}

  static final class NoRecord implements Command {}

  /** Belongs to no protocol of an actor, as answers do. */
  record AnswerHoldsMatrix(long incarnation, Matrix matrix) implements OfSession {}
}
