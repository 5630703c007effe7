package jingwei.actors.transport;

import io.aeron.driver.MediaDriver;
import org.agrona.CloseHelper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Aeron driver that all nodes of one process share, on one thread that parks when nothing
 * moves. It is started before the transports of the nodes and closed after them.
 */
public final class MachineDriver implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(MachineDriver.class);

  private final OwnedFolder owned;
  private final MediaDriver driver;
  private final int nodes;

  private MachineDriver(OwnedFolder owned, MediaDriver driver, int nodes) {
    this.owned = owned;
    this.driver = driver;
    this.nodes = nodes;
  }

  /**
   * Starts a driver in a folder with room for the logs of all nodes.
   *
   * @throws jingwei.model.UserException if there is no such room
   * @throws TransportException if the driver cannot be started
   */
  public static MachineDriver start(TransportSettings settings, MachineNodes nodes) {
    OwnedFolder owned = LogFolder.make(settings, nodes.logs(), LogFolder::usableBytes);
    try {
      return new MachineDriver(owned, launch(owned, settings.termBytes()), nodes.count());
    } catch (Exception e) { // Agrona throws undeclared checked exceptions
      owned.close();
      throw new TransportException("the driver of the machine can not be started", e);
    }
  }

  /**
   * A log is opened when it is first used, since many pairs of nodes exchange nothing. It takes all
   * its memory then: the process would die if there was no room later.
   */
  private static MediaDriver launch(OwnedFolder owned, int termBytes) {
    return MediaDriver.launch(
        AeronDriver.onOneThread(
            AeronDriver.context(owned.log(), termBytes, MachineDriver::onError)));
  }

  /** A client whose request fails has the error, too. */
  private static void onError(Throwable error) {
    LOGGER.error("driver of tensor logs: {}", error.getMessage());
  }

  /** For the transports of the nodes. */
  public TransportPeers peers() {
    return new TransportPeers.Machine(owned.log(), nodes);
  }

  /** Ends the driver and deletes its folder. */
  @Override
  public void close() {
    CloseHelper.close(MachineDriver::onError, driver);
    owned.close();
  }
}
