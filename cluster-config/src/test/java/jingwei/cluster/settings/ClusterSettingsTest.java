package jingwei.cluster.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import jingwei.model.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClusterSettingsTest {
  private static final NodeOverrides NONE =
      new NodeOverrides(null, null, null, null, null, List.of());

  @TempDir Path folder;

  @Test
  void aNodeHasAllRolesOnTheLoopbackByDefault() {
    ClusterSettings settings = ClusterSettings.resolve(null, NONE);

    assertEquals(Set.of(NodeRole.values()), settings.roles());
    assertEquals(new HostPort("127.0.0.1", 7100), settings.address());
    assertEquals(List.of(), settings.seeds());
    assertFalse(settings.isOpen());
  }

  @Test
  void theCommandLineOverridesSingleValuesAndTheseTheFile() throws IOException {
    Path file = folder.resolve("node.conf");
    Files.writeString(
        file, "cluster { port = 1, roles = [host], seeds = [\"a:1\", \"b:2\"], machine = here }");
    ClusterSettings settings =
        ClusterSettings.resolve(
            file,
            new NodeOverrides(
                null,
                null,
                3,
                List.of("127.0.0.1:4"),
                null,
                List.of("cluster.port=2", "cluster.roles=[device]")));

    assertEquals(3, settings.address().port());
    assertEquals(Set.of(NodeRole.DEVICE), settings.roles());
    assertEquals(List.of(new HostPort("127.0.0.1", 4)), settings.seeds());
    assertEquals("here", settings.machine());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cluster.prot=1 | --set sets the unknown key 'cluster.prot'; the nearest known one is 'cluster.port'",
        "cluster.roles=[boss] | The role 'boss' does not exist",
        "cluster.roles=[] | The node has no role",
        "cluster.port=70000 | 127.0.0.1:70000 is not a host with a port",
        "cluster.seeds=[nowhere] | The seed 'nowhere' is not of the form HOST:PORT",
        "cluster.host=0.0.0.0 | is not the loopback",
      })
  void aWrongValueIsRefusedInOneSentence(String assignment, String sentence) {
    NodeOverrides overrides = new NodeOverrides(null, null, null, null, null, List.of(assignment));

    UserException refused =
        assertThrows(UserException.class, () -> ClusterSettings.resolve(null, overrides));
    assertTrue(refused.getMessage().contains(sentence), refused.getMessage());
  }

  @Test
  void anAddressThatOthersReachNeedsInsecure() {
    ClusterSettings settings =
        ClusterSettings.resolve(
            null,
            new NodeOverrides(null, "0.0.0.0", null, null, null, List.of("cluster.insecure=true")));

    assertTrue(settings.isOpen());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host", "host:", ":1", "host:x", "host:-1", "host:65536"})
  void whatIsNoHostWithAPortIsRefused(String text) {
    assertThrows(UserException.class, () -> HostPort.parse(text, "seed"));
  }

  @Test
  void anAddressOfIpv6HasBrackets() {
    HostPort address = HostPort.parse("[::1]:7100", "seed");

    assertEquals(new HostPort("::1", 7100), address);
    assertEquals("[::1]:7100", address.toString());
  }
}
