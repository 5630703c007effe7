package jingwei.actors.serial;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Instances of any message, made from the types of its components. Each component has all its
 * variants in turn: every constant of an enum, every record of a sealed interface, NaN, empty and
 * filled collections.
 */
final class Samples {
  private final ActorRef<?> reference;
  private final Map<Class<?>, List<?>> values;

  /**
   * @param values of types that are no records, or whose components must fit together
   */
  Samples(ActorRef<?> reference, Map<Class<?>, List<?>> values) {
    this.reference = reference;
    this.values = values;
  }

  /** At least one instance. */
  List<?> of(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      return of((Class<?>) parameterized.getRawType(), parameterized.getActualTypeArguments());
    }
    return of((Class<?>) type, new Type[0]);
  }

  private List<?> of(Class<?> type, Type[] arguments) {
    if (values.containsKey(type)) {
      return values.get(type);
    }
    if (type == ActorRef.class) {
      return List.of(reference);
    }
    if (type == Optional.class) {
      List<Optional<?>> both = new ArrayList<>(List.of(Optional.empty()));
      of(arguments[0]).forEach(value -> both.add(Optional.of(value)));
      return both;
    }
    if (type == List.class) {
      return List.of(List.copyOf(of(arguments[0])), List.of());
    }
    if (type == SortedMap.class) {
      return List.of(map(of(arguments[0]).getFirst(), of(arguments[1])), new TreeMap<>());
    }
    if (type.isEnum()) {
      return Arrays.asList(type.getEnumConstants());
    }
    if (type.isSealed()) {
      List<Object> all = new ArrayList<>();
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        all.addAll(of(permitted));
      }
      return all;
    }
    if (type.isRecord()) {
      return records(type);
    }
    throw new IllegalArgumentException("no sample of " + type.getName());
  }

  private static SortedMap<Object, Object> map(Object key, List<?> items) {
    return new TreeMap<>(Map.of(key, items.getFirst()));
  }

  private List<Object> records(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    List<List<?>> variants = new ArrayList<>();
    for (RecordComponent component : components) {
      variants.add(of(component.getGenericType()));
    }
    Object[] first = variants.stream().map(List::getFirst).toArray();
    List<Object> records = new ArrayList<>(List.of(make(type, first)));
    for (int i = 0; i < components.length; i++) {
      for (Object variant : variants.get(i).subList(1, variants.get(i).size())) {
        Object[] other = first.clone();
        other[i] = variant;
        records.add(make(type, other));
      }
    }
    return records;
  }

  private static Object make(Class<?> type, Object[] components) {
    try {
      Constructor<?> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(type.getRecordComponents())
                  .map(RecordComponent::getType)
                  .toArray(Class<?>[]::new));
      constructor.setAccessible(true);
      return constructor.newInstance(components);
    } catch (InvocationTargetException e) {
      throw new IllegalArgumentException("a sample of its own is needed: " + type, e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
