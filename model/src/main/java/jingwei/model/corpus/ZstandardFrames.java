package jingwei.model.corpus;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;

/**
 * The content of a Zstandard file: all its frames, one after the other. Anything that is not a
 * whole frame is an error that names its position.
 *
 * <p>Windows may be as large as the library supports. The library reserves a window without
 * touching it, so a frame that claims too large a window uses no memory for it.
 */
final class ZstandardFrames extends InputStream {
  private static final int LARGEST_WINDOW = 31; // bits
  private static final int BUFFER_BYTES = 1 << 17;

  private final InputStream in;
  private final ZstdDecompressCtx context;
  private final Arena buffers = Arena.ofConfined();
  private final ByteBuffer source = buffers.allocate(BUFFER_BYTES).asByteBuffer().limit(0);
  private final ByteBuffer target = buffers.allocate(BUFFER_BYTES).asByteBuffer().limit(0);
  private final byte[] bytes = new byte[BUFFER_BYTES];
  private long passed;

  private long frame;
  private long start;
  private boolean isInside;
  private boolean holdsBack;

  /**
   * @param in closed with this stream
   */
  ZstandardFrames(InputStream in) throws IOException {
    CompressionLibraries.loadZstandard();
    this.in = in;
    context = new ZstdDecompressCtx().setLongMax(LARGEST_WINDOW);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] content, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (!target.hasRemaining()) {
      if (!source.hasRemaining() && !holdsBack && !fill()) {
        return end();
      }
      decompress();
    }
    int read = Math.min(length, target.remaining());
    target.get(content, offset, read);
    return read;
  }

  @Override
  public void close() throws IOException {
    context.close();
    if (buffers.scope().isAlive()) {
      buffers.close();
    }
    in.close();
  }

  private void decompress() throws IOException {
    if (!isInside) {
      isInside = true;
      frame++;
      start = passed + source.position();
    }
    target.clear();
    try {
      isInside = !context.decompressDirectByteBufferStream(target, source);
    } catch (ZstdException e) {
      target.limit(0);
      throw damaged(e);
    }
    holdsBack = isInside && !target.hasRemaining();
    target.flip();
  }

  private boolean fill() throws IOException {
    passed += source.limit();
    int read = Math.max(0, in.read(bytes));
    source.clear().put(bytes, 0, read).flip();
    return read > 0;
  }

  private int end() throws DataFileException {
    if (isInside) {
      throw new DataFileException(place() + "the file ends inside it");
    }
    if (frame == 0) {
      throw new DataFileException("it is empty and not even a Zstandard file");
    }
    return -1;
  }

  private DataFileException damaged(ZstdException e) {
    long code = Math.abs(e.getErrorCode()); // the library returns it with either sign
    if (code == Zstd.errFrameParameterWindowTooLarge()) {
      return new DataFileException(
          place() + "its window is larger than 2 GiB",
          "compress it again with a smaller window, such as zstd --long=27");
    }
    if (code == Zstd.errMemoryAllocation()) {
      return new DataFileException(
          place() + "there is not enough memory for its window",
          "compress it again with a smaller window, such as zstd --long=27");
    }
    return new DataFileException(
        place()
            + (code == Zstd.errPrefixUnknown()
                ? "no Zstandard frame begins here"
                : "it is damaged: " + OneLine.of(e)));
  }

  private String place() {
    return "Zstandard frame %d at compressed byte %d: ".formatted(frame, start);
  }
}
