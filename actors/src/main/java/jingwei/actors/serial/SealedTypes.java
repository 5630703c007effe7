package jingwei.actors.serial;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedClass;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.databind.jsontype.TypeResolverBuilder;
import com.fasterxml.jackson.databind.jsontype.impl.StdTypeResolverBuilder;
import java.util.Arrays;
import java.util.List;

/**
 * A field whose type is a sealed interface of ours names the record that it holds: one of those
 * that the interface permits, and no other class.
 */
final class SealedTypes extends NopAnnotationIntrospector {
  private static final long serialVersionUID = 1;

  @Override
  public TypeResolverBuilder<?> findTypeResolver(
      MapperConfig<?> config, AnnotatedClass type, JavaType baseType) {
    return isSealed(type.getRawType())
        ? new StdTypeResolverBuilder()
            .init(JsonTypeInfo.Id.NAME, null)
            .inclusion(JsonTypeInfo.As.PROPERTY)
            .typeProperty("kind")
        : null;
  }

  @Override
  public List<NamedType> findSubtypes(Annotated type) {
    return isSealed(type.getRawType())
        ? Arrays.stream(type.getRawType().getPermittedSubclasses())
            .map(permitted -> new NamedType(permitted, permitted.getSimpleName()))
            .toList()
        : null;
  }

  private static boolean isSealed(Class<?> type) {
    return type.isSealed() && type.getName().startsWith("jingwei.");
  }
}
