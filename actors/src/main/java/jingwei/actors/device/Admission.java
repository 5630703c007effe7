package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.step.Incarnation;
import jingwei.actors.step.MicroBatchRef;
import jingwei.actors.step.NewestStep;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.StepEvent;
import jingwei.model.data.BatchPart;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * The entrance of a device. It takes the device's part of each batch, and sends micro-batches to
 * the first stage as activation buffers become free.
 */
public final class Admission extends AbstractBehavior<Admission.Command> {
  /** Name of the actor; messages to it may be large ({@code jingwei-nodes.conf}). */
  public static final String NAME = "admission";

  public sealed interface Command {}

  /** The part of a batch that this device computes; it enters the lookahead window. */
  public record Take(long incarnation, BatchPart part) implements Command, OfSession {}

  /** Begins a step, or an evaluation, whose part the device has. */
  public record Begin(long incarnation, long step) implements Command, OfSession {}

  /** Admits nothing more of the steps after this one. */
  public record StopAfter(long incarnation, long step) implements Command, OfSession {}

  /** Asks where the first micro-batch of a step is; answered with {@link IsAt}. */
  public record Where(long incarnation, long step, ActorRef<IsAt> replyTo)
      implements Command, OfSession {}

  /** The step is over for all nodes; answered with {@link Closed}. */
  public record Close(long incarnation, long step, ActorRef<Closed> replyTo)
      implements Command, OfSession {}

  /**
   * A dense stage will not use the activation buffers of a micro-batch again. They are free when
   * all stages have reported this. In an evaluation only the head reports it.
   */
  record Passed(MicroBatchRef microBatch, int stage) implements Command {}

  private record Counted(long step) implements Command {}

  /**
   * Where the first micro-batch of a step is.
   *
   * @param device index among the devices
   * @param stage name of the highest stage that has not finished with it
   */
  public record IsAt(long incarnation, long step, int device, String stage) implements OfSession {}

  /**
   * The device has closed a step.
   *
   * @param device index among the devices
   * @param activity counters of the device since its start
   */
  public record Closed(long incarnation, long step, int device, DeviceActivity activity)
      implements OfSession {}

  private final Device device;
  private final Peers peers;
  private final ActorRef<Long> counted;
  private final TreeMap<Long, OpenPart> open = new TreeMap<>();
  private final Map<Long, ActorRef<Closed>> closing = new HashMap<>();
  private final Deque<Integer> freeBuffers = new ArrayDeque<>();
  private final Incarnation incarnation;
  private final NewestStep taken = new NewestStep();
  private final NewestStep begun = new NewestStep();
  private final NewestStep closed = new NewestStep();
  private long lastAdmissible = Long.MAX_VALUE;

  private Admission(ActorContext<Command> context, Device device, Peers peers) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.incarnation = peers.incarnation();
    this.counted = context.messageAdapter(Long.class, Counted::new);
    for (int buffers = 0; buffers < device.mostInFlight(); buffers++) {
      freeBuffers.add(buffers);
    }
  }

  /** The entrance of this device; all activation buffers are free. */
  public static Behavior<Command> create(Device device, Peers peers) {
    return Behaviors.setup(context -> new Admission(context, device, peers));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    if (command instanceof OfSession message && incarnation.isForeign(message)) {
      return this;
    }
    switch (command) {
      case Take take -> onTake(take.part);
      case Begin begin -> onBegin(begin.step);
      case StopAfter stop -> onStopAfter(stop.step);
      case Passed(MicroBatchRef microBatch, int stage) -> onPassed(microBatch, stage);
      case Close close -> onClose(close.step, close.replyTo);
      case Where where -> onWhere(where.step, where.replyTo);
      case Counted(long step) -> onCounted(step);
    }
    return this;
  }

  private void onTake(BatchPart part) {
    if (!taken.advance(part.step())) {
      incarnation.countRepetition(device.hasPart(part.step()));
      return;
    }
    device.take(part);
    peers.scheduler().tell(new DeviceScheduler.Lookahead(part.step()));
  }

  private void onBegin(long step) {
    if (!begun.advance(step)) {
      incarnation.countRepetition(open.containsKey(step));
      return;
    }
    open.put(step, new OpenPart(device.part(step), peers.numStages()));
    peers.beginAtStages(step);
    admit();
  }

  private void onStopAfter(long step) {
    if (step >= lastAdmissible) {
      incarnation.strays().doubled();
      return;
    }
    lastAdmissible = step;
  }

  /** Admits micro-batches, those of the oldest step first, while activation buffers are free. */
  private void admit() {
    for (OpenPart part : open.values()) {
      long step = part.step();
      while (part.hasNext() && step <= lastAdmissible && !freeBuffers.isEmpty()) {
        MicroBatchRef reference = part.next(freeBuffers.remove());
        device.begin(reference);
        peers.work(0, new DenseStage.Forward(reference));
      }
    }
  }

  private void onPassed(MicroBatchRef microBatch, int stage) {
    OpenPart part = open.get(microBatch.step());
    if (part == null) {
      throw new IllegalStateException(
          "stage %d has passed %s, which is not open".formatted(stage, microBatch));
    }
    if (!part.passed(microBatch, stage)) {
      return;
    }
    freeBuffers.add(microBatch.buffers());
    peers
        .coordinator()
        .tell(new StepEvent.Passed(incarnation.number(), microBatch.step(), microBatch.index()));
    if (part.isOver()) {
      open.remove(microBatch.step());
    }
    admit();
  }

  private void onWhere(long step, ActorRef<IsAt> replyTo) {
    OpenPart part = open.get(step);
    if (part != null) {
      part.whereTheFirstIs()
          .ifPresent(
              stage ->
                  replyTo.tell(
                      new IsAt(
                          incarnation.number(),
                          step,
                          device.place().index(),
                          device.decoder().stages().get(stage).owner().name())));
    }
  }

  private void onClose(long step, ActorRef<Closed> replyTo) {
    if (!closed.advance(step)) {
      incarnation.countRepetition(closing.containsKey(step));
      return;
    }
    closing.put(step, replyTo);
    if (step < 0 && !device.hasPart(step)) { // other devices had the evaluation's micro-batches
      onCounted(step);
      return;
    }
    peers.scheduler().tell(new DeviceScheduler.Close(step, counted));
  }

  private void onCounted(long step) {
    device.forget(step);
    closing
        .remove(step)
        .tell(new Closed(incarnation.number(), step, device.place().index(), device.activity()));
  }
}
