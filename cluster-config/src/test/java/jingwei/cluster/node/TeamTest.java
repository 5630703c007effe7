package jingwei.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jingwei.cluster.settings.NodeRole;
import org.junit.jupiter.api.Test;

class TeamTest {
  private static final String LEADER = "127.0.0.1:7100";

  @Test
  void theLeaderHasTheHighestNumberAndTheOthersAreInOrderOfTheirPorts() {
    Team team = team(Nodes.view(Nodes.at(7100), Nodes.at(10000), Nodes.at(7101)), 3);

    assertEquals(
        List.of("127.0.0.1:7101", "127.0.0.1:10000", LEADER),
        team.nodes().stream().map(NodeDescription::address).toList());
    assertEquals(2, team.leader());
    assertEquals(Set.of(0, 1, 2), team.members().devices());
    assertEquals(Set.of(0, 1, 2), team.members().hosts());
  }

  @Test
  void aSessionHasAtMostAsManyDevicesAsReplicasAndTheLeaderIsTheLastToBeOne() {
    Team team = team(Nodes.view(Nodes.at(7100), Nodes.at(7101), Nodes.at(7102)), 1);

    assertEquals(Set.of(0), team.members().devices());
    assertEquals(Set.of(0, 1, 2), team.members().hosts());
  }

  @Test
  void aNodeWithoutWorkIsNotOfTheTeamUnlessItLeads() {
    Team team =
        team(
            Nodes.view(
                Nodes.with(7100, NodeRole.COORDINATOR),
                Nodes.with(7101, NodeRole.DEVICE),
                Nodes.with(7102, NodeRole.DEVICE),
                Nodes.with(7103, NodeRole.HOST),
                Nodes.with(7104, NodeRole.COORDINATOR)),
            1);

    assertEquals(
        List.of("127.0.0.1:7101", "127.0.0.1:7103", LEADER),
        team.nodes().stream().map(NodeDescription::address).toList());
    assertEquals(Set.of(0), team.members().devices());
    assertEquals(Set.of(1), team.members().hosts());
  }

  @Test
  void withoutADeviceOrAHostThereIsNoTeamAndTheMissingRoleIsNamed() {
    View view = Nodes.view(Nodes.with(7100, NodeRole.COORDINATOR, NodeRole.HOST));

    assertEquals(Optional.empty(), Team.of(view, LEADER, 1));
    assertEquals("a node with the role device", Team.missing(view));
    assertEquals(
        "a node with the role device, and one with the role host", Team.missing(Nodes.view()));
    assertEquals("the majority of the nodes", Team.missing(View.EMPTY));
  }

  @Test
  void aDrainingNodeGetsNoShareAndADrainingLeaderLeadsWithoutOne() {
    View all = Nodes.view(Nodes.at(7100), Nodes.at(7101), Nodes.at(7102));
    Team without = team(new View(all.nodes(), Set.of("127.0.0.1:7101"), true), 3);
    Team leaderless = team(new View(all.nodes(), Set.of(LEADER), true), 3);

    assertEquals(
        List.of("127.0.0.1:7102", LEADER),
        without.nodes().stream().map(NodeDescription::address).toList());
    assertEquals(Set.of(0, 1), leaderless.members().devices());
    assertEquals(3, leaderless.nodes().size());
  }

  @Test
  void theCoresOfAMachineAreDividedAmongItsDevices() {
    Team team =
        team(
            Nodes.view(
                Nodes.at(7100),
                Nodes.at(7101),
                Nodes.at(7102),
                Nodes.on("there", 7103, NodeRole.DEVICE)),
            4);

    assertEquals(2, team.coresOf(0)); // 8 cores, three devices
    assertEquals(8, team.coresOf(2)); // alone on its machine
  }

  @Test
  void aRestartedNodeMakesAnotherTeamAndAnotherPortForTensorsDoesNot() {
    NodeDescription node = Nodes.at(7101);
    NodeDescription restarted =
        new NodeDescription(node.address(), 99, node.roles(), node.cores(), node.endpoint());
    NodeDescription moved =
        new NodeDescription(
            node.address(), node.uid(), node.roles(), node.cores(), Nodes.at(7199).endpoint());
    Team team = team(Nodes.view(Nodes.at(7100), node), 2);

    assertFalse(team(Nodes.view(Nodes.at(7100), restarted), 2).hasSameNodes(team));
    assertTrue(team(Nodes.view(Nodes.at(7100), moved), 2).hasSameNodes(team));
    assertFalse(Nodes.view(Nodes.at(7100), restarted).reachesAll(team.nodes()));
    assertTrue(Nodes.view(Nodes.at(7100), moved).reachesAll(team.nodes()));
  }

  private static Team team(View view, int devices) {
    return Team.of(view, LEADER, devices).orElseThrow();
  }
}
