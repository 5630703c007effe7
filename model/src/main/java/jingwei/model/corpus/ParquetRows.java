package jingwei.model.corpus;

import dev.hardwood.HardwoodContext;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.ColumnProjection;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/** Reads the known columns of a Parquet file, row by row. */
final class ParquetRows implements AutoCloseable {
  private final HardwoodContext oneThread = HardwoodContext.create(1);
  private ParquetFileReader file;
  private RowReader rows;
  private List<String> columns;
  private long read;

  /**
   * @throws DataFileException if the file is not Parquet, is damaged, has no text, or has a
   *     compression that is not supported
   */
  ParquetRows(Path path) throws IOException {
    try {
      file = ParquetFileReader.open(new ParquetInput(path), oneThread);
      columns = new ParquetColumns(file.getFileSchema().getRootNode()).wanted();
      ParquetColumns.prepareCodecs(file.getFileMetaData(), columns);
      rows =
          file.buildRowReader()
              .projection(ColumnProjection.columns(columns.toArray(String[]::new)))
              .build();
    } catch (IOException | RuntimeException | Error e) {
      try {
        close();
      } catch (IOException | RuntimeException again) {
        e.addSuppressed(again);
      }
      throw damaged(e);
    }
  }

  /**
   * Goes to the next row.
   *
   * @param row receives its values
   * @return false if there is none
   * @throws DataFileException if the file is damaged
   */
  boolean next(Row row) throws IOException {
    try {
      if (!rows.hasNext()) {
        requireAll();
        return false;
      }
      rows.next();
      read++;
      row.clear();
      for (String column : columns) {
        row.name(column);
        // Raw bytes: a string would already contain replacement characters.
        row.put(column, rows.isNull(column) ? null : rows.getBinary(column));
      }
      return true;
    } catch (RuntimeException | Error e) {
      throw damaged(e);
    }
  }

  private void requireAll() throws DataFileException {
    long promised = file.getFileMetaData().numRows();
    if (read != promised) {
      throw new DataFileException(
          "it has %d rows, but its footer says %d".formatted(read, promised));
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (rows != null) {
        rows.close();
      }
      if (file != null) {
        file.close();
      }
    } finally {
      oneThread.close();
    }
  }

  /** The library fails in many ways if a file contradicts itself. */
  private static IOException damaged(Throwable e) {
    if (e instanceof DataFileException || e instanceof FileSystemException) {
      return (IOException) e;
    }
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof OutOfMemoryError) {
      return new DataFileException(
          "it asks for more memory than there is",
          "check that it is whole, write it with smaller row groups, or give Java more memory",
          e);
    }
    return new DataFileException(isSlip(cause) ? "its structure is damaged" : reason(e, cause), e);
  }

  /** Whether the library failed by accident, without noticing that the file contradicts itself. */
  private static boolean isSlip(Throwable e) {
    return e instanceof NullPointerException
        || e instanceof ClassCastException
        || e instanceof IndexOutOfBoundsException
        || e instanceof NegativeArraySizeException
        || e instanceof BufferUnderflowException
        || e instanceof StackOverflowError;
  }

  private static String reason(Throwable e, Throwable cause) {
    String outer = withoutFile(OneLine.of(e));
    String inner = withoutFile(OneLine.of(cause));
    return outer.contains(inner) ? outer : outer + ": " + inner;
  }

  private static String withoutFile(String message) {
    return message.replaceFirst("^\\[[^\\]]*\\] ", "");
  }
}
