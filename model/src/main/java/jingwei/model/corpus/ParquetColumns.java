package jingwei.model.corpus;

import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.PhysicalType;
import dev.hardwood.schema.SchemaNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The columns of a Parquet file that are data. */
final class ParquetColumns {
  private static final String REMEDY = "name a column of text 'text', or two 'zh' and 'en'";
  private static final int NAMED = 8;
  private static final int NAME_CHARS = 40;

  private final Map<String, SchemaNode> columns = new LinkedHashMap<>();

  ParquetColumns(SchemaNode.GroupNode root) {
    root.children().forEach(column -> columns.put(column.name(), column));
  }

  /**
   * The columns to read: the text, or the two sides of pairs, or all three, and the language. A
   * column is text if it holds bytes that are not annotated as something else, because older
   * programs write text in this way.
   *
   * @throws DataFileException if there is no text
   */
  List<String> wanted() throws DataFileException {
    boolean isPair = isText("zh") && isText("en");
    if (!isText("text") && !(isPair && isNothing("text"))) {
      throw new DataFileException(reason(), REMEDY);
    }
    List<String> wanted = new ArrayList<>();
    for (String name : List.of("text", "zh", "en", "lang", "language")) {
      boolean isSide = name.equals("zh") || name.equals("en");
      if (isText(name) && (isPair || !isSide)) {
        wanted.add(name);
      }
    }
    return wanted;
  }

  /**
   * Prepares the codecs of some columns.
   *
   * @throws DataFileException if a codec is not supported
   */
  static void prepareCodecs(FileMetaData file, List<String> wanted) throws DataFileException {
    for (var group : file.rowGroups()) {
      for (ColumnChunk chunk : group.columns()) {
        List<String> path = chunk.metaData().pathInSchema().elements();
        if (path.size() == 1 && wanted.contains(path.getFirst())) {
          prepare(path.getFirst(), chunk);
        }
      }
    }
  }

  private static void prepare(String column, ColumnChunk chunk) throws DataFileException {
    switch (chunk.metaData().codec()) {
      case UNCOMPRESSED, GZIP -> {}
      case ZSTD -> CompressionLibraries.loadZstandard();
      case SNAPPY -> CompressionLibraries.loadSnappy();
      case LZ4, LZ4_RAW, BROTLI, LZO ->
          throw new DataFileException(
              "its column '%s' is compressed with %s, which is not supported"
                  .formatted(column, chunk.metaData().codec()),
              "write it with Zstandard, Snappy, gzip or no compression");
    }
  }

  private String reason() {
    for (String name : List.of("text", "zh", "en")) {
      if (columns.containsKey(name) && !isText(name)) {
        return "its column '%s' holds %s, not text".formatted(name, type(columns.get(name)));
      }
    }
    List<String> names =
        columns.keySet().stream()
            .limit(NAMED)
            .map(name -> "'" + OneLine.of(name, NAME_CHARS) + "'")
            .toList();
    return "it has no column 'text', nor 'zh' and 'en', among %s%s"
        .formatted(
            String.join(", ", names),
            columns.size() > NAMED ? " and %d more".formatted(columns.size() - NAMED) : "");
  }

  private boolean isText(String name) {
    return columns.get(name) instanceof SchemaNode.PrimitiveNode column
        && column.type() == PhysicalType.BYTE_ARRAY
        && column.maxRepetitionLevel() == 0
        && (column.logicalType() == null
            || column.logicalType() instanceof LogicalType.StringType
            || column.logicalType() instanceof LogicalType.JsonType
            || column.logicalType() instanceof LogicalType.EnumType);
  }

  /** Whether a column is missing or never has a value. */
  private boolean isNothing(String name) {
    return !columns.containsKey(name)
        || (columns.get(name) instanceof SchemaNode.PrimitiveNode column
            && column.logicalType() instanceof LogicalType.NullType);
  }

  private static String type(SchemaNode column) {
    return switch (column) {
      case SchemaNode.GroupNode group when group.isList() -> "a list";
      case SchemaNode.GroupNode group when group.isMap() -> "a map";
      case SchemaNode.GroupNode _ -> "a group of columns";
      case SchemaNode.PrimitiveNode several when several.maxRepetitionLevel() > 0 -> "a list";
      case SchemaNode.PrimitiveNode one when one.logicalType() != null ->
          OneLine.of(one.logicalType().toString());
      case SchemaNode.PrimitiveNode one -> one.type().toString();
      default -> "something else";
    };
  }
}
