package jingwei.model.data;

/**
 * A batch and the data position after it, which a checkpoint of its step keeps.
 *
 * @param after as {@link BatchStream#position()} reports it
 */
public record PositionedBatch(RoutedBatch batch, BatchStream.Position after) {}
