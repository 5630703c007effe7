package jingwei.bench.peer;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jingwei.model.UserException;
import jingwei.model.data.Batch;
import jingwei.model.data.MicroBatch;
import jingwei.model.decoder.DecoderShape;
import jingwei.model.decoder.Owner;
import jingwei.model.layer.Parameter;
import jingwei.model.library.LibraryFolder;
import jingwei.model.memory.Matrix;
import jingwei.model.optim.AdamSettings;
import jingwei.model.state.OwnerState;
import jingwei.model.state.StateSource;

/**
 * The official libtorch, which trains the same model from the same weights on the same batches in a
 * separate process (module {@code bench/torch}).
 */
public final class TorchProcess implements AutoCloseable {
  private static final List<String> LIBRARIES =
      List.of("libc10.so", "libgomp-98b21ff3.so.1", "libtorch.so", "libtorch_cpu.so");

  private static final long DEADLINE_SECONDS = 20;

  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;

  /**
   * The results of some steps.
   *
   * @param losses of each step, nats a token
   * @param usedExperts in the last step, over all mixture blocks
   */
  public record Answer(List<Double> losses, double seconds, int usedExperts) {}

  /**
   * Starts the process and hands over the weights.
   *
   * @param rows sequences of a batch
   * @param half whether it computes in bf16, as autocast does
   * @param states the weights of every owner
   */
  public TorchProcess(
      DecoderShape shape,
      int rows,
      int threads,
      boolean half,
      AdamSettings adam,
      double learningRate,
      StateSource states) {
    try {
      process = start(threads);
      out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream(), 1 << 20));
      in = new DataInputStream(process.getInputStream());
      out.writeInt(threads);
      for (int number :
          new int[] {
            shape.vocabulary(),
            shape.context(),
            shape.width(),
            shape.heads(),
            shape.innerWidth(),
            shape.denseBlocks(),
            shape.routedBlocks(),
            shape.expertsPerBlock(),
            rows
          }) {
        out.writeInt(number);
      }
      out.writeBoolean(half);
      for (double number :
          new double[] {
            learningRate,
            adam.moments().beta1(),
            adam.moments().beta2(),
            adam.moments().epsilon(),
            adam.weightDecay()
          }) {
        out.writeDouble(number);
      }
      send(states);
      out.flush();
      int got = in.readInt();
      if (got != threads) {
        throw new IllegalStateException("libtorch computes with %d threads".formatted(got));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("libtorch's process ended", e);
    }
  }

  /** Trains on these batches, one step each. */
  public Answer run(List<Batch> batches) {
    try {
      out.writeInt(batches.size());
      for (Batch batch : batches) {
        for (MicroBatch microBatch : batch.microBatches()) {
          send(microBatch.tokens());
        }
        for (MicroBatch microBatch : batch.microBatches()) {
          send(microBatch.targets());
        }
      }
      out.flush();
      List<Double> losses = new ArrayList<>();
      for (int i = 0; i < batches.size(); i++) {
        losses.add(in.readDouble());
      }
      return new Answer(losses, in.readLong() / 1e9, in.readInt());
    } catch (IOException e) {
      throw new UncheckedIOException("libtorch's process ended", e);
    }
  }

  @Override
  public void close() {
    try {
      out.writeInt(0);
      out.close();
      process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException("libtorch's process ended", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroy();
    }
  }

  private void send(int[] numbers) throws IOException {
    for (int number : numbers) {
      out.writeInt(number);
    }
  }

  private void send(StateSource states) throws IOException {
    List<Owner> owners = states.decoder().owners();
    out.writeInt(owners.stream().mapToInt(owner -> owner.layout().parameters().size()).sum());
    for (int owner = 0; owner < owners.size(); owner++) {
      OwnerState state = states.of(owner).state();
      List<Parameter> parameters = state.owner().layout().parameters();
      for (int i = 0; i < parameters.size(); i++) {
        Matrix values = state.weights().get(i);
        out.writeUTF(state.owner().name() + "." + parameters.get(i).name());
        out.writeInt(values.rows());
        out.writeInt(values.columns());
        byte[] bytes = new byte[Math.toIntExact(4 * values.size())];
        values.segment().asByteBuffer().get(bytes);
        out.write(bytes);
      }
    }
  }

  private static Process start(int threads) throws IOException {
    Path module = Path.of(System.getProperty("jingwei.home", "."), "bench", "torch", "target");
    Path classpath = module.resolve("classpath");
    if (!Files.isRegularFile(classpath)) {
      throw new UserException(
          "There is no %s: build the module bench/torch, as ./jingwei bench step --peer torch does."
              .formatted(classpath));
    }
    String jars = Files.readString(classpath);
    Path library = official(jars);
    ProcessBuilder builder =
        new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-Dorg.bytedeco.javacpp.pathsFirst=true",
            "-Djava.library.path=" + library,
            "-cp",
            module.resolve("classes") + File.pathSeparator + jars,
            "jingwei.bench.torch.TorchPeer");
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    builder.environment().put("MKL_NUM_THREADS", Integer.toString(threads));
    return builder.start();
  }

  /** The folder of the official library, which replaces the one that comes with the bindings. */
  private static Path official(String jars) throws IOException {
    Path jar =
        Arrays.stream(jars.split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(path -> path.getFileName().toString().startsWith("pytorch-native-cpu"))
            .findFirst()
            .orElseThrow();
    String name = jar.getFileName().toString().replaceFirst("\\.jar$", "");
    try (FileSystem zip = FileSystems.newFileSystem(URI.create("jar:" + jar.toUri()), Map.of())) {
      return LibraryFolder.unpack(
          name,
          LIBRARIES,
          file -> {
            InputStream stream =
                Files.newInputStream(zip.getPath("pytorch", "cpu", "linux-x86_64", file));
            return stream;
          });
    }
  }
}
