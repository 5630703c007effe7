package jingwei.model.corpus;

import dev.hardwood.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * The bytes of a Parquet file, for the library that reads it. If a page claims to be longer than
 * its column, the library would request empty ranges forever. So a range that is empty or outside
 * the file is an error here.
 */
final class ParquetInput implements InputFile {
  private final InputFile file;

  ParquetInput(Path path) {
    file = InputFile.of(path);
  }

  @Override
  public void open() throws IOException {
    file.open();
  }

  @Override
  public ByteBuffer readRange(long offset, int bytes) throws IOException {
    if (offset < 0 || bytes <= 0 || offset > length() - bytes) {
      throw new IOException(
          "it refers to %d bytes at byte %d of %d".formatted(bytes, offset, length()));
    }
    return file.readRange(offset, bytes);
  }

  @Override
  public long length() throws IOException {
    return file.length();
  }

  @Override
  public String name() {
    return file.name();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
