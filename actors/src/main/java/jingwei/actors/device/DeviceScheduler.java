package jingwei.actors.device;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import jingwei.actors.buffer.SlotWeights;
import jingwei.actors.link.LinkDirection;
import jingwei.actors.step.Incarnation;
import jingwei.actors.store.GradientShare;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.TensorExchange;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.model.decoder.Owner;
import jingwei.model.memory.Matrix;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Moves experts in and out of the slots of a device, as {@link SlotScheduler} decides: weights come
 * from the store before they are needed, gradients go to it, all through the transport.
 */
public final class DeviceScheduler extends AbstractBehavior<DeviceScheduler.Command> {
  public sealed interface Command {}

  /** A step entered the lookahead window; the device has its part of the batch. */
  public record Lookahead(long step) implements Command {}

  /** An expert has work and no lease. */
  record Need(ResidencyKey key) implements Command {}

  /** An expert has done one product. */
  record Used(ResidencyKey key, boolean isBackward) implements Command {}

  /** An expert gave its lease back after the scheduler revoked it. */
  record Yielded(ResidencyKey key, long startedBits) implements Command {}

  /**
   * An expert has done its last product of the step; its gradient is complete.
   *
   * @param startedBits bits of the replicas that have contributed; the first of them holds the sum.
   *     0 after an evaluation
   */
  record Finished(ResidencyKey key, long startedBits) implements Command {}

  /**
   * The coordinator has finished a step. Answered with its number when all its residencies are
   * counted.
   */
  public record Close(long step, ActorRef<Long> replyTo) implements Command {}

  private record Applied(ParameterStore.Applied update) implements Command {}

  private record Ready(ParameterStore.Ready announcement) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** Makes one decision about all messages so far. */
  private enum Act implements Command {
    NOW
  }

  private final Device device;
  private final Peers peers;
  private final LongSupplier nanoTime;
  private final SlotScheduler scheduler;
  private final TensorExchange tensors;
  private final ActorRef<ParameterStore.Ready> ready;
  private final Map<TensorRef, Runnable> announced = new HashMap<>();
  private final Map<ResidencyKey, Long> waitingSinceNanos = new HashMap<>();
  private final Map<Long, ActorRef<Long>> closing = new HashMap<>();
  private final long expertBytes;
  private final EcssStatistics statistics;
  private final Incarnation incarnation;
  private boolean isActing;

  private DeviceScheduler(
      ActorContext<Command> context,
      Device device,
      Peers peers,
      Start start,
      LongSupplier nanoTime) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.nanoTime = nanoTime;
    this.statistics = device.ecss();
    this.incarnation = peers.incarnation();
    this.scheduler =
        new SlotScheduler(device.numSlots(), start.lookahead, device.rules(), this::ownerName);
    this.tensors =
        start
            .endpoint
            .exchange("scheduler", context.messageAdapter(TensorTransport.Reply.class, Moved::new))
            .over(LinkDirection.TO_HOST);
    this.ready = context.messageAdapter(ParameterStore.Ready.class, Ready::new);
    start.appliedTo.tell(context.messageAdapter(ParameterStore.Applied.class, Applied::new));
    this.expertBytes = device.decoder().expertLayout().length() * device.type().bytes();
  }

  /**
   * What a scheduler needs at its start.
   *
   * @param lookahead batches after the one being computed whose experts may be prefetched
   * @param endpoint of the scheduler at the transport
   * @param appliedTo receives, once, the actor that stores must tell about updates
   */
  public record Start(
      int lookahead,
      TensorExchange.Endpoint endpoint,
      ActorRef<ActorRef<ParameterStore.Applied>> appliedTo) {}

  /** The scheduler of a device, all of whose slots are empty. */
  public static Behavior<Command> create(Device device, Peers peers, Start start) {
    return create(device, peers, start, System::nanoTime);
  }

  static Behavior<Command> create(Device device, Peers peers, Start start, LongSupplier nanoTime) {
    return Behaviors.setup(context -> new DeviceScheduler(context, device, peers, start, nanoTime));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Lookahead(long step) -> onLookahead(step);
      case Need(ResidencyKey key) -> onNeed(key);
      case Used(ResidencyKey key, boolean isBackward) -> scheduler.used(key, isBackward);
      case Yielded(ResidencyKey key, long startedBits) ->
          perform(scheduler.yielded(key, startedBits));
      case Finished(ResidencyKey key, long startedBits) ->
          perform(scheduler.finished(key, startedBits));
      case Applied(ParameterStore.Applied update) -> onApplied(update);
      case Close(long step, ActorRef<Long> replyTo) -> onClose(step, replyTo);
      case Moved(TensorTransport.Reply reply) -> tensors.moved(reply);
      case Ready(ParameterStore.Ready announcement) -> onReady(announcement);
      case Act.NOW -> {
        isActing = false;
        perform(scheduler.decide());
      }
    }
    if (scheduler.isDecisionDue() && !isActing) {
      isActing = true;
      getContext().getSelf().tell(Act.NOW);
    }
    return this;
  }

  private void onLookahead(long step) {
    device.faults().inject("scheduler", step);
    Map<Integer, long[]> uses = device.uses(step);
    scheduler.lookahead(step, uses, device.usedElsewhere(step));
    statistics.activatedBytes.add(uses.size() * expertBytes);
  }

  private void onNeed(ResidencyKey key) {
    if (scheduler.need(key)) {
      waitingSinceNanos.put(key, nanoTime.getAsLong());
    }
  }

  private void onClose(long step, ActorRef<Long> replyTo) {
    closing.putIfAbsent(step, replyTo);
    perform(scheduler.close(step));
  }

  private void onApplied(ParameterStore.Applied update) {
    if (!incarnation.isForeign(update)
        && !scheduler.applied(new ResidencyKey(update.owner(), update.step()))) {
      incarnation.countRepetition(!scheduler.isClosed(update.step()));
    }
  }

  private void onReady(ParameterStore.Ready announcement) {
    if (incarnation.isForeign(announcement)) {
      return;
    }
    Runnable send = announced.remove(announcement.tensor());
    if (send == null) {
      incarnation.strays().doubled(); // it was sent already
      return;
    }
    send.run();
  }

  private void perform(List<SlotAction> actions) {
    for (SlotAction action : actions) {
      switch (action) {
        case SlotAction.Fetch fetch -> fetch(fetch);
        case SlotAction.Revoke(ResidencyKey key) ->
            peers.expert(key.owner()).tell(new Expert.Revoke(key.step()));
        case SlotAction.Lease lease -> lease(lease);
        case SlotAction.SendPartial(ResidencyKey key, int slot) -> sendPartial(key, slot);
        case SlotAction.SendGradient send -> sendGradient(send);
        case SlotAction.Count(ExpertWait waitedFor) -> statistics.residencyIsOver(waitedFor);
        case SlotAction.Closed(long step) -> closing.remove(step).tell(step);
      }
    }
  }

  private void fetch(SlotAction.Fetch fetch) {
    ResidencyKey key = fetch.key();
    Slot slot = device.slot(fetch.slot());
    SlotWeights slotWeights = slot.slotWeights();
    slotWeights.expect();
    TensorRef weights = name(key, slot.weights().flat(), "weights", fetch.asOf());
    tensors.receive(weights, slotWeights, () -> onArrived(key, weights));
    statistics.bytesToDevice.add(weights.bytes());
    peers.store(key.owner()).tell(new ParameterStore.Fetch(key.owner(), fetch.asOf(), weights));
    if (fetch.hasPartial()) {
      Matrix sums = slot.gradientBuffer().flat();
      TensorRef partial = name(key, sums, "partial gradient", fetch.asOf());
      tensors.receive(partial, sums, () -> onArrived(key, partial));
      statistics.bytesToDevice.add(partial.bytes());
      peers
          .store(key.owner())
          .tell(
              new ParameterStore.FetchPartial(
                  key.owner(), key.step(), device.place().index(), partial));
    }
  }

  private void onArrived(ResidencyKey key, TensorRef tensor) {
    statistics.inFlight(-tensor.bytes());
    perform(scheduler.arrived(key));
  }

  private void onSent(ResidencyKey key, TensorRef tensor) {
    statistics.inFlight(-tensor.bytes());
    perform(scheduler.sent(key));
  }

  private void lease(SlotAction.Lease lease) {
    ResidencyKey key = lease.key();
    Long sinceNanos = waitingSinceNanos.remove(key);
    if (sinceNanos != null) {
      statistics.stallNanos.add(nanoTime.getAsLong() - sinceNanos);
    }
    device.slot(lease.slot()).gradients().restoreStarted(lease.startedBits());
    peers.expert(key.owner()).tell(new Expert.Lease(key.step(), lease.slot(), lease.readAsOf()));
  }

  private void sendPartial(ResidencyKey key, int slot) {
    Matrix sums = device.slot(slot).gradientBuffer().flat();
    TensorRef tensor = name(key, sums, "partial gradient", key.step());
    int to = peers.hostOf(key.owner());
    announce(
        key.owner(),
        tensor,
        new ParameterStore.KeepPartial(
            key.owner(), key.step(), device.place().index(), tensor, ready),
        () -> tensors.send(tensor, to, sums, () -> onSent(key, tensor)));
  }

  private void sendGradient(SlotAction.SendGradient send) {
    ResidencyKey key = send.key();
    Slot slot = device.slot(send.slot());
    DevicePlace place = device.place();
    GradientShare share =
        new GradientShare(
            place.index(),
            device.devicesOf(key),
            place.global(-1L),
            place.global(send.startedBits()),
            send.readAsOf());
    boolean isExchanged = share.isAlone() && place.replicas().size() == 1;
    Matrix bytes =
        share.isAlone()
            ? slot.gradients().of(Long.numberOfTrailingZeros(send.startedBits())).values().flat()
            : slot.gradientBuffer().flat();
    TensorRef tensor = name(key, bytes, "gradient", key.step());
    int to = peers.hostOf(key.owner());
    Runnable then = () -> onSent(key, tensor);
    announce(
        key.owner(),
        tensor,
        new ParameterStore.TakeGradient(
            key.owner(), key.step(), send.after(), share, tensor, ready),
        isExchanged
            ? () -> tensors.send(tensor, to, slot.gradientBuffer(), then)
            : () -> tensors.send(tensor, to, bytes, then));
  }

  /** Announces a tensor to its store; {@code send} runs when the store waits for it. */
  private void announce(
      int owner, TensorRef tensor, ParameterStore.Command announcement, Runnable send) {
    statistics.bytesToHost.add(tensor.bytes());
    announced.put(tensor, send);
    peers.store(owner).tell(announcement);
  }

  /** Names the tensor of a new transfer. */
  private TensorRef name(ResidencyKey key, Matrix bytes, String kind, long version) {
    TensorRef tensor = tensors.name(ownerName(key.owner()) + " " + kind, version, bytes);
    statistics.inFlight(tensor.bytes());
    return tensor;
  }

  private String ownerName(int owner) {
    List<Owner> owners = device.decoder().owners();
    return owner >= 0 && owner < owners.size() ? owners.get(owner).name() : "owner " + owner;
  }
}
