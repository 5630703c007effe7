package jingwei.actors.memory;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import jingwei.actors.placement.Placement;
import jingwei.actors.settings.ActorSettings;
import jingwei.model.UserException;
import jingwei.model.data.BatchSettings;
import jingwei.model.decoder.Decoder;
import jingwei.model.memory.ElementType;
import jingwei.model.memory.NativeMemory;
import jingwei.model.step.StepRules;

/**
 * The least memory that each node of a session of several nodes needs.
 *
 * @param devices need of each device
 * @param hosts need of each host
 */
public record NodesNeed(List<MemoryNeed> devices, List<MemoryNeed> hosts) {
  public NodesNeed {
    devices = List.copyOf(devices);
    hosts = List.copyOf(hosts);
  }

  /** The need of the nodes among which a placement divides a run. */
  public static NodesNeed of(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      ActorSettings settings,
      BatchSettings batches,
      Placement placement) {
    List<MemoryNeed> devices = new ArrayList<>();
    for (int device : placement.members().devices()) {
      devices.add(
          MemoryNeed.ofDevice(
              DeviceShare.of(decoder, placement, device), type, rules, settings, batches));
    }
    List<MemoryNeed> hosts = new ArrayList<>();
    for (int host : placement.members().hosts()) {
      hosts.add(ofHost(decoder, type, rules, placement.expertsOf(host).size()));
    }
    return new NodesNeed(devices, hosts);
  }

  /** Every device sends the gradients of its replicas apart, and the host keeps them to add up. */
  private static MemoryNeed ofHost(
      Decoder decoder, ElementType type, StepRules rules, long experts) {
    long elements = decoder.expertLayout().length();
    long one = NativeMemory.rounded(elements * type.bytes());
    SequencedMap<String, Long> host = new LinkedHashMap<>();
    host.put("experts with their moments", 3 * experts * one);
    if (rules.mostStale() > 0) {
      host.put("older versions of the experts", experts * (rules.mostStale() + 1L) * one);
    }
    host.put(
        "gradients of the experts of open steps",
        experts * (rules.mostStale() + 1L) * rules.replicas() * one);
    return new MemoryNeed(new LinkedHashMap<>(), host);
  }

  /**
   * Refuses budgets of a device or a host that are too small, and a machine with too little memory.
   *
   * @param deviceBudget bytes of each device
   * @param hostBudget bytes of each host
   * @param availableBytes that are free on the machine
   * @throws UserException with needed and available bytes
   */
  public void refuseTooLittle(long deviceBudget, long hostBudget, long availableBytes) {
    long all = 0;
    for (MemoryNeed need : devices) {
      need.refuseTooLittle(deviceBudget, Long.MAX_VALUE, Long.MAX_VALUE);
      all += need.deviceBytes();
    }
    for (MemoryNeed need : hosts) {
      need.refuseTooLittle(Long.MAX_VALUE, hostBudget, Long.MAX_VALUE);
      all += need.hostBytes();
    }
    if (all > availableBytes) {
      throw new UserException(
          "The machine's memory is too small: %,d bytes needed at least by devices = %d and hosts = %d together, %,d bytes available; use fewer nodes, choose a smaller model or batch, or end other programs."
              .formatted(all, devices.size(), hosts.size(), availableBytes));
    }
  }
}
