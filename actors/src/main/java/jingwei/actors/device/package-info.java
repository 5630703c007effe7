/**
 * The actors of a device: the admission of micro-batches, dense stages, the owners of some of these
 * stages, experts, and the scheduler of the slots that experts lease. Stages, experts and the
 * updaters of owners compute on the device's workers; the others compute nothing.
 */
package jingwei.actors.device;
