package jingwei.actors.device;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import jingwei.actors.step.MicroBatchRef;
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
  public sealed interface Command {}

  /** The part of a batch that this device computes; it enters the lookahead window. */
  public record Take(BatchPart part) implements Command {}

  /** Begins a step, or an evaluation, whose part the device has. */
  public record Begin(long step) implements Command {}

  /** Admits nothing more of the steps after this one. */
  public record StopAfter(long step) implements Command {}

  /** Asks where the first micro-batch of a step is; answered with {@link IsAt}. */
  public record Where(long step, ActorRef<IsAt> replyTo) implements Command {}

  /** The step is over for all nodes; answered with {@link Closed}. */
  public record Close(long step, ActorRef<Closed> replyTo) implements Command {}

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
  public record IsAt(long step, int device, String stage) {}

  /**
   * The device has closed a step.
   *
   * @param device index among the devices
   * @param activity counters of the device since its start
   */
  public record Closed(long step, int device, DeviceActivity activity) {}

  private final Device device;
  private final Peers peers;
  private final ActorRef<Long> counted;
  private final TreeMap<Long, OpenPart> open = new TreeMap<>();
  private final Map<Long, ActorRef<Closed>> closing = new HashMap<>();
  private final Deque<Integer> freeBuffers = new ArrayDeque<>();
  private long lastAdmissible = Long.MAX_VALUE;

  private Admission(ActorContext<Command> context, Device device, Peers peers) {
    super(context);
    this.device = device;
    this.peers = peers;
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
    switch (command) {
      case Take(BatchPart part) -> onTake(part);
      case Begin(long step) -> onBegin(step);
      case StopAfter(long step) -> lastAdmissible = step;
      case Passed(MicroBatchRef microBatch, int stage) -> onPassed(microBatch, stage);
      case Close(long step, ActorRef<Closed> replyTo) -> onClose(step, replyTo);
      case Where(long step, ActorRef<IsAt> replyTo) -> onWhere(step, replyTo);
      case Counted(long step) -> onCounted(step);
    }
    return this;
  }

  private void onTake(BatchPart part) {
    device.take(part);
    peers.scheduler().tell(new DeviceScheduler.Lookahead(part.step()));
  }

  private void onBegin(long step) {
    open.put(step, new OpenPart(device.part(step), peers.numStages()));
    peers.beginAtStages(step);
    admit();
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
    peers.coordinator().tell(new StepEvent.Passed(microBatch.step(), microBatch.index()));
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
                          step,
                          device.place().index(),
                          device.decoder().stages().get(stage).owner().name())));
    }
  }

  private void onClose(long step, ActorRef<Closed> replyTo) {
    if (closing.putIfAbsent(step, replyTo) == null) {
      peers.scheduler().tell(new DeviceScheduler.Close(step, counted));
    }
  }

  private void onCounted(long step) {
    device.forget(step);
    closing.remove(step).tell(new Closed(step, device.place().index(), device.activity()));
  }
}
