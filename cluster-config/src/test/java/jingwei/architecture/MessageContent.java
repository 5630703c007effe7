package jingwei.architecture;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import jingwei.actors.step.OfSession;
import jingwei.actors.step.TokenLosses;
import jingwei.actors.train.TrainingSession;
import jingwei.actors.transport.TransportCounters;
import jingwei.cluster.copy.FilePart;
import jingwei.model.data.BatchPart;
import jingwei.model.routing.RouteTable;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The allowed content of messages: numbers, names, references to actors, and records, lists and
 * maps of these. All other types are refused, so no message can hold a tensor, a function, an
 * exception, or anything else that is valid only in this JVM.
 */
final class MessageContent extends ArchCondition<JavaClass> {
  private static final Set<String> PROTOCOLS =
      Set.of("Command", "Reply", "Done", "StepEvent", "StateRequest", "StateReply", "SessionEvent");

  /** Messages without a protocol, which stay inside a node. */
  private static final Set<Class<?>> ANSWERS =
      Set.of(TransportCounters.class, TrainingSession.Wanted.class);

  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Boolean.class,
          Integer.class,
          Long.class,
          Float.class,
          Double.class,
          Duration.class);

  /** Immutable values with arrays inside, and why they may travel in a message. */
  private static final Map<Class<?>, String> LARGE_VALUES =
      Map.of(
          FilePart.class, "a second node copies the files of a checkpoint in small parts",
          BatchPart.class, "a device gets its token ids and routes once a step",
          RouteTable.class, "a node gets the plan of the run with its route tables once",
          TokenLosses.class, "the coordinator adds up the losses of single tokens");

  private static final Set<Class<?>> CONTAINERS =
      Set.of(
          List.class,
          Set.class,
          SortedSet.class,
          Map.class,
          SortedMap.class,
          Optional.class,
          ActorRef.class);

  /** Classes that implement the protocol of an actor, belong to a session, or answer an actor. */
  static final DescribedPredicate<JavaClass> MESSAGE =
      DescribedPredicate.describe(
          "messages of actors",
          type -> isOneOf(ANSWERS, type) || (!type.isInterface() && implementsProtocol(type)));

  private static boolean implementsProtocol(JavaClass type) {
    return type.getAllRawInterfaces().stream()
        .anyMatch(
            protocol ->
                protocol.isEquivalentTo(OfSession.class)
                    || (protocol.getPackageName().startsWith("jingwei.")
                        && PROTOCOLS.contains(protocol.getSimpleName())));
  }

  MessageContent() {
    super("be records of numbers, names and references");
  }

  @Override
  public void check(JavaClass message, ConditionEvents events) {
    if (!message.isRecord() && !message.isEnum()) {
      refuse(message, "is no record", events);
    }
    checkFields(message, message, message.getSimpleName(), new HashSet<>(), events);
  }

  private static void checkFields(
      JavaClass message, JavaClass type, String path, Set<String> seen, ConditionEvents events) {
    if (!seen.add(type.getName())) {
      return;
    }
    for (JavaField field : type.getFields()) {
      if (!field.getModifiers().contains(JavaModifier.STATIC)) {
        checkType(message, field.getType(), path + "." + field.getName(), seen, events);
      }
    }
  }

  private static void checkType(
      JavaClass message, JavaType type, String path, Set<String> seen, ConditionEvents events) {
    JavaClass raw = type.toErasure();
    if (isOneOf(CONTAINERS, raw)) {
      if (type instanceof JavaParameterizedType parameterized) {
        for (JavaType argument : parameterized.getActualTypeArguments()) {
          checkType(message, argument, path, seen, events);
        }
      } else {
        refuse(message, path + " does not say of what", events);
      }
    } else if (isOneOf(LARGE_VALUES.keySet(), raw)) {
      return;
    } else if (raw.isRecord()) {
      checkFields(message, raw, path, seen, events);
    } else if (raw.isInterface() && raw.getPackageName().startsWith("jingwei.")) {
      raw.getAllSubclasses().stream()
          .filter(implementor -> !implementor.isInterface())
          .forEach(implementor -> checkType(message, implementor, path, seen, events));
    } else if (!raw.isPrimitive() && !raw.isEnum() && !isOneOf(VALUES, raw)) {
      refuse(message, path + " holds " + raw.getName(), events);
    }
  }

  private static boolean isOneOf(Set<Class<?>> types, JavaClass type) {
    return types.stream().anyMatch(type::isEquivalentTo);
  }

  private static void refuse(JavaClass message, String reason, ConditionEvents events) {
    events.add(SimpleConditionEvent.violated(message, message.getSimpleName() + ": " + reason));
  }
}
