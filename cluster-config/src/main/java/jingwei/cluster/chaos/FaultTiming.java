package jingwei.cluster.chaos;

import java.util.OptionalLong;

/**
 * How long a session took to go on after a fault. The notice, the resume and the replay follow each
 * other without a gap.
 *
 * @param noticeMillis from the fault to its notice; empty if nobody noticed it
 * @param resumeMillis from the notice to the first commit of the next epoch
 * @param replayMillis from there to the first commit of a step that had not been committed before
 *     the fault; empty if the epoch has none
 * @param replayedSteps steps that the next epoch committed again
 */
public record FaultTiming(
    InjectedFault fault,
    OptionalLong noticeMillis,
    OptionalLong resumeMillis,
    OptionalLong replayMillis,
    long replayedSteps) {}
