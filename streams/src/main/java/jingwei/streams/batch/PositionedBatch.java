package jingwei.streams.batch;

import jingwei.model.data.BatchStream;
import jingwei.model.data.RoutedBatch;

/**
 * A batch and the data position after it, which a checkpoint of its step keeps.
 *
 * @param after as {@link BatchStream#position()} reports it
 */
public record PositionedBatch(RoutedBatch batch, BatchStream.Position after) {}
