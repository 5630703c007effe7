package jingwei.cluster.settings;

import java.util.List;

/**
 * Values of a node's command line, which override its file.
 *
 * @param roles device, host, coordinator; null if not given
 * @param host name or address; null if not given
 * @param port null if not given
 * @param seeds each HOST:PORT; null if not given
 * @param folder of the sessions; null if not given
 * @param assignments {@code key=value}
 */
public record NodeOverrides(
    List<String> roles,
    String host,
    Integer port,
    List<String> seeds,
    String folder,
    List<String> assignments) {}
