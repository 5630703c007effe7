package jingwei.actors.device;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import jingwei.actors.buffer.SlotWeights;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.AwaitedReplies;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.actors.transport.TransferNumbers;
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

  /** A step entered the lookahead window; its batch is in the table. */
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

  private record Ready(ParameterStore.Ready store) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** Makes one decision about all messages so far. */
  private enum Act implements Command {
    NOW
  }

  private final Device device;
  private final Peers peers;
  private final BufferLoans loans;
  private final LongSupplier nanoTime;
  private final SlotScheduler scheduler;
  private final ActorRef<TensorTransport.Reply> moved;
  private final ActorRef<ParameterStore.Applied> applied;
  private final ActorRef<ParameterStore.Ready> ready;

  /** Tensors that the store does not expect yet. */
  private final Set<TensorRef> announced = new HashSet<>();

  private final AwaitedReplies<ResidencyKey> underWay = new AwaitedReplies<>("scheduler");
  private final Map<ResidencyKey, Long> waitingSinceNanos = new HashMap<>();
  private final Map<Long, ActorRef<Long>> closing = new HashMap<>();
  private final long expertBytes;
  private final EcssStatistics statistics;
  private final TransferNumbers transfers = new TransferNumbers(0, 0);
  private boolean isActing;

  private DeviceScheduler(
      ActorContext<Command> context,
      Device device,
      Peers peers,
      BufferLoans loans,
      int lookahead,
      LongSupplier nanoTime) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.loans = loans;
    this.nanoTime = nanoTime;
    this.statistics = device.ecss();
    this.scheduler =
        new SlotScheduler(device.numSlots(), lookahead, device.rules(), this::ownerName);
    this.moved = context.messageAdapter(TensorTransport.Reply.class, Moved::new);
    this.applied = context.messageAdapter(ParameterStore.Applied.class, Applied::new);
    this.ready = context.messageAdapter(ParameterStore.Ready.class, Ready::new);
    this.expertBytes = device.decoder().expertLayout().length() * device.type().bytes();
  }

  public static Behavior<Command> create(
      Device device, Peers peers, BufferLoans loans, int lookahead) {
    return create(device, peers, loans, lookahead, System::nanoTime);
  }

  static Behavior<Command> create(
      Device device, Peers peers, BufferLoans loans, int lookahead, LongSupplier nanoTime) {
    return Behaviors.setup(
        context -> new DeviceScheduler(context, device, peers, loans, lookahead, nanoTime));
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
      case Applied(ParameterStore.Applied update) ->
          scheduler.applied(new ResidencyKey(update.owner(), update.step()));
      case Close(long step, ActorRef<Long> replyTo) -> onClose(step, replyTo);
      case Ready(ParameterStore.Ready store) -> onReady(store.tensor());
      case Moved(TensorTransport.Reply reply) -> onMoved(reply);
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
    scheduler.lookahead(step, uses);
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

  private void onReady(TensorRef tensor) {
    if (!announced.remove(tensor)) {
      throw new IllegalStateException(
          "actor=scheduler tensor=%s transfer=%s step=%d: the store is ready for it, but it is not announced or was sent already"
              .formatted(tensor.name(), tensor.transfer(), tensor.version()));
    }
    peers.transport().tell(new TensorTransport.Send(tensor, 0, moved));
  }

  private void onMoved(TensorTransport.Reply reply) {
    ResidencyKey key = underWay.take(reply);
    statistics.inFlight(-reply.tensor().bytes());
    perform(reply instanceof TensorTransport.Sent ? scheduler.sent(key) : scheduler.arrived(key));
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
    loans.lendDestination(weights, slotWeights);
    receive(weights, new ParameterStore.Fetch(key.owner(), fetch.asOf(), weights));
    if (fetch.hasPartial()) {
      Matrix sums = slot.gradientBuffer().flat();
      TensorRef partial = name(key, sums, "partial gradient", fetch.asOf());
      loans.lendDestination(partial, sums.segment());
      receive(partial, new ParameterStore.FetchPartial(key.owner(), key.step(), partial));
    }
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
    loans.lendSource(tensor, sums.segment());
    announce(tensor, new ParameterStore.KeepPartial(key.owner(), key.step(), tensor, ready));
  }

  private void sendGradient(SlotAction.SendGradient send) {
    ResidencyKey key = send.key();
    Slot slot = device.slot(send.slot());
    int replica = Long.numberOfTrailingZeros(send.startedBits());
    Matrix total = slot.gradients().of(replica).values().flat();
    TensorRef tensor = name(key, total, "gradient", key.step());
    if (device.rules().replicas() == 1) {
      loans.lendSource(tensor, slot.gradientBuffer());
    } else {
      loans.lendSource(tensor, total.segment());
    }
    announce(
        tensor,
        new ParameterStore.TakeGradient(
            key.owner(), key.step(), send.after(), tensor, ready, applied));
  }

  /** Waits for a tensor whose destination is lent. */
  private void receive(TensorRef tensor, ParameterStore.Command request) {
    statistics.bytesToDevice.add(tensor.bytes());
    peers.transport().tell(new TensorTransport.Receive(tensor, moved));
    peers.store().tell(request);
  }

  /** Announces a tensor whose source is lent; it is sent when the store is ready for it. */
  private void announce(TensorRef tensor, ParameterStore.Command announcement) {
    statistics.bytesToHost.add(tensor.bytes());
    announced.add(tensor);
    peers.store().tell(announcement);
  }

  /** Names the tensor of a new transfer. */
  private TensorRef name(ResidencyKey key, Matrix bytes, String kind, long version) {
    String name = ownerName(key.owner()) + " " + kind;
    TensorRef tensor =
        new TensorRef(transfers.next(), 0, name, version, bytes.size(), device.type());
    statistics.inFlight(tensor.bytes());
    underWay.put(tensor, key);
    return tensor;
  }

  private String ownerName(int owner) {
    List<Owner> owners = device.decoder().owners();
    return owner >= 0 && owner < owners.size() ? owners.get(owner).name() : "owner " + owner;
  }
}
