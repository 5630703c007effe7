package jingwei.architecture;

import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.slf4j.Logger;

/** A static field that never changes, and that holds nothing that can change. */
final class StaticValue extends ArchCondition<JavaField> {
  /** Fields that may be otherwise, and why. */
  private static final Map<String, String> EXCEPTIONS =
      Map.of(
          "ActorTrainer.INCARNATIONS", "sessions of one process have different numbers",
          "PartReader.ALL_MEMORY", "the whole address space; nothing is kept in it");

  private static final Set<Class<?>> VALUES =
      Set.of(
          String.class,
          Boolean.class,
          Integer.class,
          Long.class,
          Double.class,
          Duration.class,
          Pattern.class,
          Logger.class,
          VarHandle.class,
          ByteOrder.class,
          Path.class);

  StaticValue() {
    super("be final and hold a value");
  }

  @Override
  public void check(JavaField field, ConditionEvents events) {
    String name = field.getOwner().getSimpleName() + "." + field.getName();
    if (field.getModifiers().contains(JavaModifier.SYNTHETIC) || EXCEPTIONS.containsKey(name)) {
      return;
    }
    Field reflected = field.reflect();
    boolean isFixed =
        Modifier.isFinal(reflected.getModifiers())
            && (isValue(reflected.getType()) || isFixedCollection(reflected));
    if (!isFixed) {
      events.add(
          SimpleConditionEvent.violated(
              field, name + " can change: " + field.getRawType().getName()));
    }
  }

  private static boolean isValue(Class<?> type) {
    if (type.isRecord()) {
      return List.of(type.getRecordComponents()).stream()
          .allMatch(component -> isValue(component.getType()));
    }
    return type.isPrimitive() || type.isEnum() || VALUES.contains(type);
  }

  /** A list or set that refuses changes, of values. */
  private static boolean isFixedCollection(Field field) {
    if (!Collection.class.isAssignableFrom(field.getType())) {
      return false;
    }
    try {
      field.setAccessible(true);
      Collection<?> items = (Collection<?>) field.get(null);
      return items.getClass().getName().startsWith("java.util.ImmutableCollections$")
          && items.stream().allMatch(item -> isValue(item.getClass()));
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
