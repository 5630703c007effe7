package jingwei.actors.memory;

import java.util.ArrayList;
import java.util.Comparator;
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
import jingwei.model.state.OwnerState;
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

  /**
   * The need of the nodes among which a placement divides a run.
   *
   * @param deviceBudget bytes of each device; if it holds fewer experts than may be needed at once,
   *     partial gradients move to the hosts and back
   */
  public static NodesNeed of(
      Decoder decoder,
      ElementType type,
      StepRules rules,
      ActorSettings settings,
      BatchSettings batches,
      Placement placement,
      long deviceBudget) {
    MemoryNeed.refuseTooLong(decoder, rules.replicas());
    List<MemoryNeed> devices = new ArrayList<>();
    long sumBytes = 0;
    long evictedBytes = 0;
    for (int device : placement.members().devices()) {
      DeviceShare share = DeviceShare.of(decoder, placement, device);
      devices.add(MemoryNeed.ofDevice(share, type, rules, settings, batches));
      if (decoder.shape().routedBlocks() == 0) {
        continue;
      }
      long bytes =
          NativeMemory.rounded(share.replicas() * decoder.expertLayout().length() * type.bytes());
      sumBytes += bytes;
      if (MemoryNeed.mayEvict(share, type, rules, settings, batches, deviceBudget)) {
        evictedBytes += bytes;
      }
    }
    boolean isShared = devices.size() > 1;
    Gradients gradients = new Gradients(isShared ? sumBytes : 0, evictedBytes);
    List<MemoryNeed> hosts = new ArrayList<>();
    for (int host : placement.members().hosts()) {
      hosts.add(ofHost(decoder, type, rules, gradients, placement.expertsOf(host).size()));
    }
    return new NodesNeed(devices, hosts);
  }

  /**
   * What all devices together may send of one expert and step, besides a whole gradient.
   *
   * @param sumBytes sums of their replicas, which the host adds up
   * @param evictedBytes partial gradients of the expert, if it makes room for others
   */
  private record Gradients(long sumBytes, long evictedBytes) {}

  private static MemoryNeed ofHost(
      Decoder decoder, ElementType type, StepRules rules, Gradients gradients, long experts) {
    SequencedMap<String, Long> host = new LinkedHashMap<>();
    host.put("a worker", MemoryNeed.workspaceBytes(decoder, type, rules, 1));
    if (experts > 0) {
      long one = NativeMemory.rounded(decoder.expertLayout().length() * type.bytes());
      long open = experts * rules.versions();
      host.put("experts with their moments", OwnerState.TENSORS * experts * one);
      if (rules.mostStale() > 0) {
        host.put("older versions of the experts", open * one);
      }
      host.put("gradients of the experts of open steps", open * (one + gradients.sumBytes));
      if (gradients.evictedBytes > 0) {
        host.put(MemoryNeed.EVICTED, open * gradients.evictedBytes);
      }
    }
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
    // The largest need is named: a budget that it fits into is enough for all.
    devices.stream()
        .max(Comparator.comparingLong(MemoryNeed::deviceBytes))
        .ifPresent(need -> need.refuseTooLittle(deviceBudget, Long.MAX_VALUE, Long.MAX_VALUE));
    hosts.stream()
        .max(Comparator.comparingLong(MemoryNeed::hostBytes))
        .ifPresent(need -> need.refuseTooLittle(Long.MAX_VALUE, hostBudget, Long.MAX_VALUE));
    long all =
        devices.stream().mapToLong(MemoryNeed::deviceBytes).sum()
            + hosts.stream().mapToLong(MemoryNeed::hostBytes).sum();
    if (all > availableBytes) {
      throw new UserException(
          "The machine's memory is too small: %,d bytes needed at least by devices = %d and hosts = %d together, %,d bytes available; use fewer nodes, choose a smaller model or batch, or end other programs."
              .formatted(all, devices.size(), hosts.size(), availableBytes));
    }
  }
}
