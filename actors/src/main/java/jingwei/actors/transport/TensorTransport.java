package jingwei.actors.transport;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongSupplier;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.progress.Progress;
import jingwei.actors.progress.UptimeClock;
import jingwei.actors.step.FaultPlan;
import jingwei.model.UserException;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * Moves tensors between the actors of a node and to other nodes: one transport for each node.
 *
 * <p>The actor owns one thread, started with it and ended with it. Only this thread touches bytes;
 * it parks while nothing moves. Buffers are lent through {@link BufferLoans} before the request,
 * and the reply returns them to their owner. Every request is answered exactly once. When the log
 * or its driver fails, open requests are answered with {@link Failed} and the actor throws a {@link
 * TransportException}: its parent decides whether it starts again.
 */
public final class TensorTransport extends AbstractBehavior<TensorTransport.Command> {

  /** A message to a transport. */
  public sealed interface Command permits Request, Report, Broken {}

  /** A request of the sender or the receiver of a tensor. */
  public sealed interface Request extends Command permits Send, Receive {
    TensorRef tensor();

    ActorRef<Reply> replyTo();
  }

  /**
   * Sends the bytes lent as the source of this tensor; answered with {@link Sent} when the sender
   * may change them again, or {@link Failed}. A tensor that was sent has not always arrived. A
   * {@link Transferable} may be backed by other memory afterwards. The receiver must have asked
   * before: a tensor that nobody has asked for is skipped on arrival.
   *
   * @param to number of the receiver's node
   * @param link direction in which the tensor crosses the link between device and host
   */
  public record Send(TensorRef tensor, int to, LinkDirection link, ActorRef<Reply> replyTo)
      implements Request {
    /** Sends a tensor that does not cross the link. */
    public Send(TensorRef tensor, int to, ActorRef<Reply> replyTo) {
      this(tensor, to, LinkDirection.NONE, replyTo);
    }
  }

  /**
   * Receives the tensor into the bytes lent as its destination; a {@link Transferable} may be
   * backed by other memory afterwards. Answered with {@link Arrived} when all bytes have arrived
   * with the right checksum, or with {@link Failed}. After a failure, the content of the
   * destination is undefined.
   */
  public record Receive(TensorRef tensor, ActorRef<Reply> replyTo) implements Request {}

  /** Asks for the counters. */
  public record Report(ActorRef<TransportCounters> replyTo) implements Command {}

  /** The thread has ended by an exception, which it has left in {@link #failure}. */
  private record Broken() implements Command {}

  /** An answer of a transport. */
  public sealed interface Reply permits Sent, Arrived, Failed {
    /** The tensor of the request. */
    TensorRef tensor();
  }

  /** The source may be changed. */
  public record Sent(TensorRef tensor) implements Reply {}

  /**
   * The destination holds the tensor.
   *
   * @param crc32c of all its bytes; 0 when it was handed over without a log
   */
  public record Arrived(TensorRef tensor, int crc32c) implements Reply {}

  /**
   * The request has failed and is closed.
   *
   * @param reason what happened; for a deadline, the waiting end and what it waited for
   */
  public record Failed(TensorRef tensor, String reason) implements Reply {}

  /** The thread parks for at most a tenth of this. */
  private static final Duration MOST_BETWEEN_ROUNDS = Duration.ofSeconds(1);

  private final FaultPlan faults;
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final TransportThread thread;

  private TensorTransport(
      ActorContext<Command> context,
      TransportNode node,
      BufferLoans loans,
      Function<TransportStatistics, TransportBackend> backends,
      LongSupplier nanoClock,
      FaultPlan faults) {
    super(context);
    this.faults = faults;
    ActorRef<Command> self = context.getSelf();
    thread =
        TransportThread.start(
            node.threadName(),
            loans,
            backends,
            nanoClock,
            cause -> {
              failure.set(cause);
              self.tell(new Broken());
            });
  }

  /**
   * A transport that finds the buffers of a request in {@code loans}, which it shares with the
   * actors of its node.
   *
   * @param node of this transport
   * @param faults injected when a tensor of the step's version is sent
   * @param progress of the node; every part that moves is counted
   */
  public static Behavior<Command> create(
      TransportSettings settings,
      TransportNode node,
      BufferLoans loans,
      FaultPlan faults,
      Progress progress) {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(loans, "loans");
    return create(
        node,
        loans,
        statistics -> TransportBackend.create(settings, node, loans, statistics, progress),
        new UptimeClock(System::nanoTime, MOST_BETWEEN_ROUNDS),
        faults);
  }

  static Behavior<Command> create(
      TransportNode node,
      BufferLoans loans,
      Function<TransportStatistics, TransportBackend> backends,
      LongSupplier nanoClock) {
    return create(node, loans, backends, nanoClock, FaultPlan.none());
  }

  private static Behavior<Command> create(
      TransportNode node,
      BufferLoans loans,
      Function<TransportStatistics, TransportBackend> backends,
      LongSupplier nanoClock,
      FaultPlan faults) {
    return Behaviors.setup(
        context -> new TensorTransport(context, node, loans, backends, nanoClock, faults));
  }

  @Override
  public org.apache.pekko.actor.typed.javadsl.Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Send.class, this::onRequest)
        .onMessage(Receive.class, this::onRequest)
        .onMessage(Report.class, this::onRequest)
        .onMessage(Broken.class, this::onBroken)
        .onSignal(PostStop.class, signal -> onEnd())
        .onSignal(PreRestart.class, signal -> onEnd())
        .build();
  }

  private Behavior<Command> onRequest(Command request) {
    if (request instanceof Send send) {
      faults.inject("transport", send.tensor.version());
    }
    thread.submit(request);
    return this;
  }

  private Behavior<Command> onBroken(Broken broken) {
    Throwable cause = failure.get();
    if (cause instanceof UserException mistake) {
      throw mistake;
    }
    throw new TransportException(
        "transport=%s stopped: %s".formatted(getContext().getSelf().path(), cause), cause);
  }

  private Behavior<Command> onEnd() {
    thread.stop();
    return this;
  }
}
