package jingwei.actors.placement;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.decoder.Decoder;

/**
 * Which device computes which replica and owns which dense stage, and which host keeps which
 * expert. A placement follows from the one before and the members, with as few moves as possible:
 *
 * <ul>
 *   <li>No device computes two replicas more than another.
 *   <li>Without its largest dense stage, no device owns more weights than the device with the
 *       fewest.
 *   <li>No host keeps two experts of a layer more than another. The experts of each domain are
 *       spread, too, as far as this costs no move.
 * </ul>
 *
 * @param epoch number of the placement in its session, counted from 1; changes of a cluster's
 *     membership use it
 * @param members the nodes
 * @param replicas the device of each logical replica
 * @param stages the device of each dense stage's owner
 * @param experts the host of each of the decoder's owners; -1 for the owner of a dense stage
 */
public record Placement(
    long epoch,
    Members members,
    List<Integer> replicas,
    List<Integer> stages,
    List<Integer> experts) {
  private static final int NOBODY = EvenDealing.NOBODY;

  /**
   * @throws IllegalArgumentException if something is at a node that is not a member, or if a device
   *     has no replica
   */
  public Placement {
    replicas = List.copyOf(replicas);
    stages = List.copyOf(stages);
    experts = List.copyOf(experts);
    SortedSet<Integer> hosts = new TreeSet<>(members.hosts());
    hosts.add(NOBODY);
    if (epoch < 1
        || !members.devices().equals(new TreeSet<>(replicas))
        || !members.devices().containsAll(stages)
        || !hosts.containsAll(experts)) {
      throw new IllegalArgumentException(
          "epoch=%d members=%s replicas=%s stages=%s experts at %s"
              .formatted(epoch, members, replicas, stages, new TreeSet<>(experts)));
    }
  }

  /**
   * The placement that a session starts with.
   *
   * @param replicas number of logical replicas
   * @throws UserException if there are more devices than replicas
   */
  public static Placement first(Decoder decoder, int replicas, Members members) {
    return next(
        1,
        decoder,
        members,
        nobody(replicas),
        nobody(decoder.stages().size()),
        nobody(decoder.owners().size()));
  }

  /**
   * The next placement. A session keeps its first one; changes of a cluster's membership use this.
   *
   * @param decoder the same as before
   * @param newMembers the nodes from now on
   * @throws UserException if there are more devices than replicas
   */
  public Placement after(Decoder decoder, Members newMembers) {
    return next(epoch + 1, decoder, newMembers, ints(replicas), ints(stages), ints(experts));
  }

  /** The node of the device that computes a replica. */
  public int nodeOfReplica(int replica) {
    return replicas.get(replica);
  }

  /** The replicas that a device computes, in ascending order. */
  public List<Integer> replicasOf(int device) {
    return placesOf(device, replicas);
  }

  /** The node of the device that owns a dense stage. */
  public int nodeOfStage(int stage) {
    return stages.get(stage);
  }

  /** The dense stages that a device owns, in ascending order. */
  public List<Integer> stagesOf(int device) {
    return placesOf(device, stages);
  }

  /**
   * The host that keeps an expert.
   *
   * @param owner index of the expert among the decoder's owners
   * @throws IllegalArgumentException if the owner is not an expert
   */
  public int hostOfExpert(int owner) {
    int host = experts.get(owner);
    if (host == NOBODY) {
      throw new IllegalArgumentException("owner=%d is a dense stage".formatted(owner));
    }
    return host;
  }

  /** The experts that a host keeps, as ascending indices among the decoder's owners. */
  public List<Integer> expertsOf(int host) {
    return placesOf(host, experts);
  }

  /** Index of the first expert among the decoder's owners; -1 if the model has no experts. */
  public int firstExpert() {
    return IntStream.range(0, experts.size())
        .filter(owner -> experts.get(owner) != NOBODY)
        .findFirst()
        .orElse(NOBODY);
  }

  /** The position of the device of a replica among the devices, counted from 0. */
  public int positionOfReplica(int replica) {
    return members.positionOf(nodeOfReplica(replica));
  }

  /**
   * The items whose node is another one than in an earlier placement of the same session. Changes
   * of a cluster's membership use it.
   */
  public List<Move> movesFrom(Placement before) {
    List<Move> moves = new ArrayList<>();
    addMoves(Move.Kind.REPLICA, before.replicas, replicas, moves);
    addMoves(Move.Kind.STAGE, before.stages, stages, moves);
    addMoves(Move.Kind.EXPERT, before.experts, experts, moves);
    return List.copyOf(moves);
  }

  /**
   * Refuses devices without a replica.
   *
   * @throws UserException if there are more devices than replicas
   */
  public static void checkDevices(int devices, int replicas) {
    if (devices > replicas) {
      throw new UserException(
          "devices = %d is above replicas = %d, and a device without a replica has nothing to compute; set devices to at most %d, or start a new run with at least %d replicas."
              .formatted(devices, replicas, replicas, devices));
    }
  }

  private static Placement next(
      long epoch, Decoder decoder, Members members, int[] replicas, int[] stages, int[] experts) {
    checkDevices(members.devices().size(), replicas.length);
    long[] weights =
        decoder.stages().stream().mapToLong(stage -> stage.owner().layout().length()).toArray();
    int[] dealt =
        EvenDealing.deal(replicas, new int[replicas.length], members.devices(), new HashMap<>());
    return new Placement(
        epoch,
        members,
        list(dealt),
        list(StageDealing.deal(weights, stages, members.devices())),
        list(experts(decoder, experts, members.hosts(), dealt[0])));
  }

  /**
   * Deals the experts of each layer. At equal counts, a host with fewer experts of others; the
   * device of the first replica counts as if it had one, because it has more to do than others.
   */
  private static int[] experts(
      Decoder decoder, int[] before, SortedSet<Integer> hosts, int firstDevice) {
    int[] placed = nobody(before.length);
    Map<Integer, Integer> ofOtherLayers = new HashMap<>();
    if (hosts.contains(firstDevice)) {
      ofOtherLayers.put(firstDevice, 1);
    }
    int[] domains =
        IntStream.range(0, decoder.shape().expertsPerBlock())
            .map(expert -> expert / decoder.shape().expertsPerDomain())
            .toArray();
    for (int layer = 0; layer < decoder.shape().routedBlocks(); layer++) {
      int first = decoder.ownerOf(decoder.stageOfLayer(layer), 0);
      int[] own = Arrays.copyOfRange(before, first, first + domains.length);
      int[] dealt = EvenDealing.deal(own, domains, hosts, ofOtherLayers);
      System.arraycopy(dealt, 0, placed, first, dealt.length);
    }
    return placed;
  }

  private static void addMoves(
      Move.Kind kind, List<Integer> before, List<Integer> after, List<Move> moves) {
    for (int i = 0; i < after.size(); i++) {
      int from = before.get(i);
      int to = after.get(i);
      if (from != to) {
        moves.add(new Move(kind, i, from, to));
      }
    }
  }

  private static List<Integer> placesOf(int node, List<Integer> nodes) {
    return IntStream.range(0, nodes.size()).filter(i -> nodes.get(i) == node).boxed().toList();
  }

  private static int[] nobody(int count) {
    int[] nodes = new int[count];
    Arrays.fill(nodes, NOBODY);
    return nodes;
  }

  private static int[] ints(List<Integer> nodes) {
    return nodes.stream().mapToInt(Integer::intValue).toArray();
  }

  private static List<Integer> list(int[] nodes) {
    return Arrays.stream(nodes).boxed().toList();
  }
}
