package jingwei.model.corpus;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.HardwoodContext;
import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import dev.hardwood.schema.SchemaNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Reads the columns of a Parquet file that mean something here, row by row, as JSON objects. */
final class ParquetRows {
  private static final List<String> COLUMNS =
      List.of("text", "zh", "en", "domain", "lang", "language");

  private ParquetRows() {}

  /**
   * @throws IOException if the file is not Parquet, is damaged, or is compressed in a way that
   *     cannot be read
   */
  static void read(Path file, Consumer<ObjectNode> rows) throws IOException {
    try (HardwoodContext oneThread = HardwoodContext.create(1);
        ParquetFileReader reader = open(file, oneThread)) {
      List<String> there = new ArrayList<>();
      for (SchemaNode column : reader.getFileSchema().getRootNode().children()) {
        if (COLUMNS.contains(column.name()) && column instanceof SchemaNode.PrimitiveNode) {
          there.add(column.name());
        }
      }
      if (there.isEmpty()) {
        throw new IOException("it has no column 'text', nor 'zh' and 'en'");
      }
      ColumnProjection projection = ColumnProjection.columns(there.toArray(String[]::new));
      try (RowReader row = reader.buildRowReader().projection(projection).build()) {
        for (ObjectNode next; (next = next(there, row)) != null; ) {
          rows.accept(next);
        }
      }
    }
  }

  /** The next row; null after the last one. */
  private static ObjectNode next(List<String> columns, RowReader row) throws IOException {
    try {
      if (!row.hasNext()) {
        return null;
      }
      row.next();
      return object(columns, row);
    } catch (RuntimeException damaged) { // where a file lies about itself
      throw new IOException(damaged.getMessage(), damaged);
    }
  }

  private static ParquetFileReader open(Path file, HardwoodContext context) throws IOException {
    try {
      return ParquetFileReader.open(InputFile.of(file), context);
    } catch (RuntimeException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }
  }

  private static ObjectNode object(List<String> columns, RowReader row) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    for (String column : columns) {
      if (row.isNull(column)) {
        continue;
      }
      if (row.getValue(column) instanceof String text) {
        object.put(column, text);
      } else {
        object.put(column, false); // refused as a value that is not a string
      }
    }
    return object;
  }
}
