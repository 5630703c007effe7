package jingwei.actors.device;

import java.util.HashMap;
import java.util.Map;
import jingwei.actors.buffer.SlotWeights;
import jingwei.actors.device.Residency.State;
import jingwei.actors.device.ResidencyPlanner.Decision;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.transport.BufferLoans;
import jingwei.actors.transport.TensorRef;
import jingwei.actors.transport.TensorTransport;
import jingwei.model.memory.Matrix;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Moves experts in and out of the slots of a device, as {@link ResidencyPlanner} decides: weights
 * up from the store before they are needed, gradients down to it, all through the transport.
 */
public final class DeviceScheduler extends AbstractBehavior<DeviceScheduler.Command> {
  public sealed interface Command {}

  /** A step entered the lookahead window; its batch is in the table. */
  public record Lookahead(long step) implements Command {}

  /** An expert has work and no lease. */
  record Need(ResidencyKey visit) implements Command {}

  /** An expert has done one product. */
  record Used(ResidencyKey visit, boolean isBackward) implements Command {}

  /** An expert gave its lease back because it was asked to. */
  record Yielded(ResidencyKey visit, long startedBits) implements Command {}

  /**
   * An expert has done its last product of the step; its gradient is complete.
   *
   * @param startedBits which replicas have contributed; the sum lies with the first of them. 0
   *     after an evaluation
   * @param squares sum of the squares of the gradient
   */
  record Finished(ResidencyKey visit, long startedBits, double squares) implements Command {}

  /** The store has handled an expert's gradient of a step, so newer weights may be fetched. */
  public record Applied(int owner, long step) implements Command {}

  /** A step is over; answered with its number when everything before is counted. */
  public record Close(long step, ActorRef<Long> replyTo) implements Command {}

  private record Moved(TensorTransport.Reply reply) implements Command {}

  /** Decides once on everything that has come in. */
  private enum Act implements Command {
    NOW
  }

  /** A tensor on its way, and whose it is. */
  private record Move(Residency stay, boolean isLastOfVisit) {}

  private final Device device;
  private final Peers peers;
  private final BufferLoans loans;
  private final ResidencyPlanner residency;
  private final ActorRef<TensorTransport.Reply> moved;
  private final Map<Long, Move> moves = new HashMap<>();
  private final Map<ResidencyKey, Integer> partsComing = new HashMap<>();
  private final Map<ResidencyKey, Long> waitingSinceNanos = new HashMap<>();
  private final long expertBytes;
  private final EcssStatistics statistics;
  private long transfers;
  private boolean isActing;

  private DeviceScheduler(
      ActorContext<Command> context, Device device, Peers peers, BufferLoans loans, int lookahead) {
    super(context);
    this.device = device;
    this.peers = peers;
    this.loans = loans;
    this.statistics = device.ecss();
    this.residency = new ResidencyPlanner(device.numSlots(), lookahead, device.rules());
    this.moved = context.messageAdapter(TensorTransport.Reply.class, Moved::new);
    this.expertBytes = device.decoder().expertLayout().length() * device.type().bytes();
  }

  public static Behavior<Command> create(
      Device device, Peers peers, BufferLoans loans, int lookahead) {
    return Behaviors.setup(
        context -> new DeviceScheduler(context, device, peers, loans, lookahead));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onAnyMessage(this::on).build();
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Lookahead(long step) -> onLookahead(step);
      case Need(ResidencyKey visit) -> onNeed(visit);
      case Used(ResidencyKey visit, boolean isBackward) -> residency.stay(visit).use(isBackward);
      case Yielded(ResidencyKey visit, long startedBits) -> onYielded(visit, startedBits);
      case Finished finished -> onFinished(finished);
      case Applied(int owner, long step) -> onApplied(owner, step);
      case Close(long step, ActorRef<Long> replyTo) -> onClose(step, replyTo);
      case Moved(TensorTransport.Reply reply) -> onMoved(reply);
      case Act.NOW -> onAct();
    }
    return this;
  }

  private void onLookahead(long step) {
    device.faults().inject("scheduler", step);
    if (device.numSlots() == 0) {
      return; // a model without experts
    }
    Map<Integer, long[]> uses = device.uses(step);
    statistics.activatedBytes.add(uses.size() * expertBytes);
    residency.plan(step, uses);
    act();
  }

  private void onNeed(ResidencyKey visit) {
    Residency stay = residency.stay(visit);
    if (stay.state() == State.RESIDENT || stay.state() == State.REVOKED) {
      return; // the lease is on its way to the expert, which works before it gives it back
    }
    stay.waitFor(residency.waitOf(stay));
    stay.setNeeded(true);
    waitingSinceNanos.put(visit, System.nanoTime());
    act();
  }

  private void onYielded(ResidencyKey visit, long startedBits) {
    Residency stay = residency.stay(visit);
    stay.setStartedBits(startedBits);
    if (startedBits == 0) {
      residency.vacate(stay, false);
      act();
    } else {
      Matrix sums = device.slot(stay.slot()).gradientBuffer().flat();
      TensorRef tensor = beginDown(stay, sums, "running gradient", false);
      loans.lendSource(tensor, sums.segment());
      peers.transport().tell(new TensorTransport.Send(tensor, moved));
      peers.store().tell(new ParameterStore.KeepPartial(visit.owner(), visit.step(), tensor));
    }
  }

  private void onFinished(Finished finished) {
    ResidencyKey visit = finished.visit;
    Residency stay = residency.stay(visit);
    statistics.visitIsOver(stay.waitedFor());
    if (finished.startedBits == 0) {
      residency.vacate(stay, true);
      act();
      return;
    }
    Slot slot = device.slot(stay.slot());
    int replica = Long.numberOfTrailingZeros(finished.startedBits);
    Matrix total = slot.gradients().of(replica).values().flat();
    TensorRef tensor = beginDown(stay, total, "gradient", true);
    if (device.rules().replicas() == 1) {
      loans.lendSource(tensor, slot.gradientBuffer());
    } else {
      loans.lendSource(tensor, total.segment());
    }
    peers.transport().tell(new TensorTransport.Send(tensor, moved));
    peers
        .store()
        .tell(
            new ParameterStore.TakeGradient(visit.owner(), visit.step(), finished.squares, tensor));
  }

  private void onApplied(int owner, long step) {
    residency.applied(owner, step);
    act();
  }

  private void onClose(long step, ActorRef<Long> replyTo) {
    residency.close(step);
    replyTo.tell(step);
    act();
  }

  private void onMoved(TensorTransport.Reply reply) {
    if (reply instanceof TensorTransport.Failed(TensorRef tensor, String reason)) {
      throw new IllegalStateException("tensor=%s: %s".formatted(tensor.name(), reason));
    }
    statistics.inFlight(-reply.tensor().bytes());
    Move move = moves.remove(reply.tensor().transfer());
    Residency stay = move.stay();
    if (reply instanceof TensorTransport.Sent) {
      residency.vacate(stay, move.isLastOfVisit());
      act();
    } else if (partsComing.merge(stay.visit(), -1, Integer::sum) == 0) {
      partsComing.remove(stay.visit());
      lease(stay);
      act(); // somebody may have found no slot to take because all were on their way
    }
  }

  private void act() {
    if (!isActing) {
      isActing = true;
      getContext().getSelf().tell(Act.NOW);
    }
  }

  private void onAct() {
    isActing = false;
    for (Decision decision : residency.decide()) {
      switch (decision) {
        case Decision.Fetch(Residency stay, int slot, long asOf) -> fetch(stay, slot, asOf);
        case Decision.Revoke(Residency stay) ->
            peers.expert(stay.visit().owner()).tell(new Expert.Revoke(stay.visit().step()));
      }
    }
  }

  private void fetch(Residency stay, int index, long asOf) {
    Slot slot = device.slot(index);
    int owner = stay.visit().owner();
    partsComing.put(stay.visit(), stay.startedBits() == 0 ? 1 : 2);
    SlotWeights visiting = slot.visitingWeights();
    visiting.expect();
    TensorRef weights = beginUp(stay, slot.weights().flat(), "weights", asOf);
    loans.lendDestination(weights, visiting);
    peers.transport().tell(new TensorTransport.Receive(weights, moved));
    peers.store().tell(new ParameterStore.Fetch(owner, asOf, weights));
    if (stay.startedBits() != 0) {
      Matrix sums = slot.gradientBuffer().flat();
      TensorRef running = beginUp(stay, sums, "running gradient", asOf);
      loans.lendDestination(running, sums.segment());
      peers.transport().tell(new TensorTransport.Receive(running, moved));
      peers.store().tell(new ParameterStore.FetchPartial(owner, stay.visit().step(), running));
    }
  }

  /** Counts and names what is to come up from the store. */
  private TensorRef beginUp(Residency stay, Matrix into, String kind, long version) {
    TensorRef tensor = name(stay, into, kind, version);
    statistics.bytesToDevice.add(tensor.bytes());
    moves.put(tensor.transfer(), new Move(stay, false));
    return tensor;
  }

  /** Counts and names what is about to go down to the store. */
  private TensorRef beginDown(Residency stay, Matrix gradient, String kind, boolean isLast) {
    stay.become(State.LEAVING);
    TensorRef tensor = name(stay, gradient, kind, stay.visit().step());
    statistics.bytesToHost.add(tensor.bytes());
    moves.put(tensor.transfer(), new Move(stay, isLast));
    return tensor;
  }

  private TensorRef name(Residency stay, Matrix bytes, String kind, long version) {
    String owner = device.decoder().owners().get(stay.visit().owner()).name();
    TensorRef tensor =
        new TensorRef(++transfers, owner + " " + kind, version, bytes.size(), device.type());
    statistics.inFlight(tensor.bytes());
    return tensor;
  }

  private void lease(Residency stay) {
    if (stay.isNeeded()) {
      stay.setNeeded(false);
      statistics.stallNanos.add(System.nanoTime() - waitingSinceNanos.remove(stay.visit()));
    }
    Slot slot = device.slot(stay.slot());
    slot.gradients().restoreStarted(stay.startedBits());
    stay.become(State.RESIDENT);
    peers
        .expert(stay.visit().owner())
        .tell(new Expert.Lease(stay.visit().step(), stay.slot(), stay.readAsOf()));
  }
}
