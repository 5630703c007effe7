package jingwei.actors.transport;

import io.aeron.driver.Configuration;
import io.aeron.driver.MediaDriver;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.ErrorHandler;

/** What all Aeron drivers for tensors have in common. */
final class AeronDriver {
  /** Driver and clients share one process, so after a pause of the process all are still alive. */
  static final long LIVENESS_SECONDS = TimeUnit.DAYS.toSeconds(1000);

  /** Room for thousands of counters; their descriptions take four times as much. */
  private static final int COUNTERS_BYTES = 1 << 20;

  private AeronDriver() {}

  /** Without threads: the caller chooses who runs the driver. */
  static MediaDriver.Context context(Path folder, int termBytes, ErrorHandler onError) {
    return new MediaDriver.Context()
        .aeronDirectoryName(folder.toString())
        .dirDeleteOnStart(true)
        .dirDeleteOnShutdown(true)
        .warnIfDirectoryExists(false)
        .asyncExecutorEnabled(false)
        .ipcTermBufferLength(termBytes)
        .ipcPublicationTermWindowLength(termBytes / 2)
        .ipcMtuLength(Configuration.MAX_UDP_PAYLOAD_LENGTH)
        .lowStorageWarningThreshold(0)
        .counterValuesBufferLength(COUNTERS_BYTES)
        .clientLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS))
        .publicationUnblockTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS + 30))
        .errorHandler(onError);
  }
}
