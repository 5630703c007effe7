package jingwei.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jingwei.actors.device.Admission;
import jingwei.actors.step.OfSession;
import jingwei.actors.store.ParameterStore;
import jingwei.actors.train.SessionEvent;
import jingwei.actors.train.TrainingSession;
import jingwei.actors.transport.TransportCounters;
import org.junit.jupiter.api.Test;

/** No message contains a tensor: messages name tensors, and the transport backend moves them. */
@AnalyzeClasses(packages = "jingwei", importOptions = WithoutTests.class)
class MessagesHoldNoTensorTest {
  @ArchTest
  static final ArchRule MESSAGES_HOLD_NO_TENSOR =
      classes().that(MessageContent.MESSAGE).should(new MessageContent());

  @ArchTest
  static void messagesOfAllProtocolsAreFound(JavaClasses all) {
    Set<String> found =
        all.that(MessageContent.MESSAGE).stream()
            .map(message -> message.getEnclosingClass().orElse(message).getSimpleName())
            .collect(Collectors.toSet());
    assertEquals(
        Set.of(
            "Admission",
            "ClusterGuardian",
            "CopyGather",
            "CopyKeeper",
            "DenseStage",
            "DeviceScheduler",
            "Expert",
            "FolderPull",
            "FolderReader",
            "FolderTaker",
            "MemberWatch",
            "NodeAgent",
            "NodeGuardian",
            "ParameterStore",
            "SessionEvent",
            "SessionLeader",
            "SessionTeam",
            "StageOwner",
            "StageUpdater",
            "StateCourier",
            "StateReply",
            "StateRequest",
            "StepCoordinator",
            "StepEvent",
            "StoreUpdater",
            "TensorRef",
            "TensorTransport",
            "TrainingSession",
            "TransportCounters"),
        found);
    for (Class<?> message :
        List.of(
            Admission.Closed.class,
            Admission.IsAt.class,
            ParameterStore.Applied.class,
            ParameterStore.Closed.class,
            ParameterStore.Fetch.class,
            ParameterStore.Ready.class,
            TrainingSession.Wanted.class,
            TransportCounters.class)) {
      assertTrue(MessageContent.MESSAGE.test(all.get(message)), message.getName());
    }
    assertTrue(
        all.get(SessionEvent.class).getAllSubclasses().stream().allMatch(MessageContent.MESSAGE));
  }

  @Test
  void refusesEveryMessageThatHoldsATensor() {
    JavaClasses all =
        new ClassFileImporter().importPackages("jingwei.architecture", "jingwei.model");
    List<String> details = MESSAGES_HOLD_NO_TENSOR.evaluate(all).getFailureReport().getDetails();
    Set<String> refused =
        details.stream()
            .map(detail -> detail.substring(0, detail.indexOf(':')))
            .collect(Collectors.toSet());
    Set<String> offending =
        Arrays.stream(OffendingMessages.class.getDeclaredClasses())
            .filter(
                type ->
                    OffendingMessages.Command.class.isAssignableFrom(type)
                        || OfSession.class.isAssignableFrom(type))
            .map(Class::getSimpleName)
            .filter(name -> !List.of("Command", "Fine").contains(name))
            .collect(Collectors.toSet());
    assertEquals(19, offending.size());
    assertEquals(offending, refused);
    assertTrue(
        details.contains("HoldsBatch: HoldsBatch.batch.microBatches.tokens holds [I"),
        details.toString());
  }
}
