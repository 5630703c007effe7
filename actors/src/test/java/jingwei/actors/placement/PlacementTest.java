package jingwei.actors.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import jingwei.model.UserException;
import jingwei.model.decoder.Decoder;
import jingwei.model.decoder.DecoderShape;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final int DOMAINS = 3;
  private static final int PER_DOMAIN = 5;
  private static final int ROUTED = 3;

  private final Decoder decoder = decoder(2, ROUTED);

  @Test
  void placesEverythingOnOneNode() {
    Placement placement = Placement.first(decoder, 4, Members.alone());
    assertEquals(1, placement.epoch());
    assertEquals(List.of(0, 1, 2, 3), placement.replicasOf(0));
    assertEquals(IntStream.range(0, 7).boxed().toList(), placement.stagesOf(0));
    assertEquals(ROUTED * DOMAINS * PER_DOMAIN, placement.expertsOf(0).size());
  }

  @Test
  void dealsReplicasStagesAndExperts() {
    Placement placement = Placement.first(decoder, 5, Members.of(2, 3));
    assertEquals(List.of(3, 4, 3, 4, 3), placement.replicas());
    assertEquals(List.of(0, 2, 4), placement.replicasOf(3));
    assertEquals(4, placement.nodeOfReplica(1));
    assertEquals(1, placement.positionOfReplica(1));
    for (int host = 0; host < 3; host++) {
      assertEquals(ROUTED * DOMAINS * PER_DOMAIN / 3, placement.expertsOf(host).size());
    }
    int expert = decoder.ownerOf(decoder.stageOfLayer(1), 7);
    assertTrue(placement.expertsOf(placement.hostOfExpert(expert)).contains(expert));
    assertThrows(
        IllegalArgumentException.class, () -> placement.hostOfExpert(decoder.embeddingOwner()));
    for (int stage = 0; stage < decoder.stages().size(); stage++) {
      assertTrue(placement.stagesOf(placement.nodeOfStage(stage)).contains(stage));
    }
  }

  /** With two nodes that are device and host, the first expert is not beside the first replica. */
  @Test
  void keepsTheFirstExpertAwayFromTheFirstReplica() {
    SortedSet<Integer> both = new TreeSet<>(List.of(0, 1));
    Placement placement = Placement.first(decoder, 2, new Members(both, both));
    assertEquals(0, placement.nodeOfReplica(0));
    assertEquals(1, placement.hostOfExpert(decoder.ownerOf(decoder.stageOfLayer(0), 0)));
    int all = ROUTED * DOMAINS * PER_DOMAIN;
    assertTrue(Math.abs(2 * placement.expertsOf(0).size() - all) <= 2, placement::toString);
  }

  @Test
  void spreadsTheExpertsOfEachDomain() {
    Placement placement = Placement.first(decoder, 1, Members.of(1, 4));
    for (int layer = 0; layer < ROUTED; layer++) {
      for (int domain = 0; domain < DOMAINS; domain++) {
        int first = decoder.ownerOf(decoder.stageOfLayer(layer), domain * PER_DOMAIN);
        assertEven(placement.experts().subList(first, first + PER_DOMAIN), 4);
      }
    }
    List<Integer> counts =
        IntStream.range(0, 4).map(host -> placement.expertsOf(host).size()).boxed().toList();
    assertEquals(List.of(12, 11, 11, 11), counts);
  }

  @Test
  void staysBalancedWhileNodesJoinAndLeave() {
    Random random = new Random(5);
    for (int run = 0; run < 20; run++) {
      int replicas = 1 + random.nextInt(12);
      Placement placement = Placement.first(decoder, replicas, someMembers(random, replicas));
      for (int change = 0; change < 15; change++) {
        Placement next = placement.after(decoder, someMembers(random, replicas));
        assertEquals(placement.epoch() + 1, next.epoch());
        assertEven(next.replicas(), next.members().devices().size());
        for (int layer = 0; layer < ROUTED; layer++) {
          int first = decoder.ownerOf(decoder.stageOfLayer(layer), 0);
          List<Integer> own = next.experts().subList(first, first + DOMAINS * PER_DOMAIN);
          assertEven(own, next.members().hosts().size());
        }
        placement = next;
      }
    }
  }

  @Test
  void movesNothingIfMembersStay() {
    Members members = Members.of(3, 4);
    Placement first = Placement.first(decoder, 5, members);
    Placement next = first.after(decoder, members);
    assertEquals(List.of(), next.movesFrom(first));
    assertEquals(
        new Placement(2, members, first.replicas(), first.stages(), first.experts()), next);
  }

  @Test
  void movesOnlyWhatIsOnANodeThatLeaves() {
    Placement before = Placement.first(decoder, 6, new Members(set(3, 4, 5), set(0, 1, 2)));
    Placement after = before.after(decoder, new Members(set(3, 5), set(0, 2)));
    List<Move> moves = after.movesFrom(before);
    assertFalse(moves.isEmpty());
    for (Move move : moves) {
      assertEquals(move.kind() == Move.Kind.EXPERT ? 1 : 4, move.from());
    }
    assertEquals(
        before.replicasOf(4).size() + before.stagesOf(4).size() + before.expertsOf(1).size(),
        moves.size());
  }

  @Test
  void movesOnlyToANodeThatJoins() {
    Placement before = Placement.first(decoder, 6, new Members(set(3), set(0, 1)));
    Placement after = before.after(decoder, new Members(set(3, 5), set(0, 1, 2)));
    List<Move> moves = after.movesFrom(before);
    for (Move move : moves) {
      assertEquals(move.kind() == Move.Kind.EXPERT ? 2 : 5, move.to());
    }
    assertEquals(
        after.replicasOf(5).size() + after.stagesOf(5).size() + after.expertsOf(2).size(),
        moves.size());
  }

  @Test
  void dependsOnNothingElse() {
    Members first = new Members(set(4, 3), set(2, 0, 1));
    Members next = new Members(set(5, 3, 2, 4), set(0, 1).reversed());
    Members descending = new Members(set(2, 3, 4, 5).reversed(), set(1, 0));
    assertEquals(next.nodes(), descending.nodes());
    assertEquals(
        Placement.first(decoder(2, ROUTED), 4, Members.of(2, 3))
            .after(decoder(2, ROUTED), Members.of(4, 2)),
        Placement.first(decoder, 4, first).after(decoder, next));
    assertEquals(
        Placement.first(decoder, 4, Members.of(4, 2)), Placement.first(decoder, 4, descending));
    assertEquals(1, descending.positionOf(3));
  }

  @Test
  void placesADenseDecoder() {
    Placement placement = Placement.first(decoder(3, 0), 2, Members.of(2, 2));
    assertEquals(List.of(), placement.expertsOf(0));
    assertEquals(List.of(), placement.expertsOf(1));
    assertEquals(5, placement.stagesOf(2).size() + placement.stagesOf(3).size());
  }

  @Test
  void refusesMoreDevicesThanReplicas() {
    UserException e =
        assertThrows(UserException.class, () -> Placement.first(decoder, 2, Members.of(3, 1)));
    assertTrue(e.getMessage().startsWith("devices = 3 is above replicas = 2"), e.getMessage());
    Placement two = Placement.first(decoder, 2, Members.of(2, 1));
    assertThrows(UserException.class, () -> two.after(decoder, Members.of(3, 1)));
  }

  @Test
  void refusesNodesThatAreNoMembers() {
    Placement right = Placement.first(decoder, 2, Members.of(2, 1));
    List<Integer> stages = new ArrayList<>(right.stages());
    stages.set(0, 9);
    assertThrows(
        IllegalArgumentException.class,
        () -> new Placement(1, right.members(), right.replicas(), stages, right.experts()));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Placement(1, right.members(), List.of(1, 1), right.stages(), right.experts()));
  }

  @Test
  void numbersHostsBeforeDevices() {
    assertEquals(new Members(set(2, 3, 4), set(0, 1)), Members.of(3, 2));
    assertEquals(new Members(set(0), set(0)), Members.alone());
    assertEquals(set(0, 1, 2, 3, 4), Members.of(3, 2).nodes());
    assertEquals(set(0), Members.alone().nodes());
    assertEquals(1, Members.of(3, 2).positionOf(3));
    assertThrows(IllegalArgumentException.class, () -> Members.of(3, 2).positionOf(1));
    assertThrows(IllegalArgumentException.class, () -> Members.of(0, 1));
    assertThrows(IllegalArgumentException.class, () -> Members.of(64, 1));
    SortedSet<Integer> devices = set(1);
    Members members = new Members(devices, set(0));
    devices.add(2);
    assertEquals(set(1), members.devices());
  }

  private static void assertEven(Collection<Integer> holders, int nodes) {
    SortedSet<Integer> counts = new TreeSet<>();
    SortedSet<Integer> different = new TreeSet<>(holders);
    for (int node : different) {
      counts.add((int) holders.stream().filter(holder -> holder == node).count());
    }
    if (different.size() < nodes) {
      counts.add(0);
    }
    assertTrue(counts.last() - counts.first() <= 1, holders + " over " + nodes + " nodes");
  }

  private static Members someMembers(Random random, int replicas) {
    return new Members(
        someNodes(random, Math.min(replicas, 1 + random.nextInt(5))),
        someNodes(random, 1 + random.nextInt(5)));
  }

  private static SortedSet<Integer> someNodes(Random random, int size) {
    SortedSet<Integer> nodes = new TreeSet<>();
    while (nodes.size() < size) {
      nodes.add(random.nextInt(8));
    }
    return nodes;
  }

  private static SortedSet<Integer> set(Integer... nodes) {
    return new TreeSet<>(List.of(nodes));
  }

  private static Decoder decoder(int denseBlocks, int routedBlocks) {
    return new Decoder(
        new DecoderShape(
            50,
            8,
            new DecoderShape.Sizes(8, 2, 16),
            new DecoderShape.Stack(denseBlocks, routedBlocks, true),
            new DecoderShape.Experts(DOMAINS, PER_DOMAIN)));
  }
}
