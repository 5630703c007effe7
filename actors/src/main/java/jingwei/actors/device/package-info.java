/**
 * The actors of a device: dense stages, experts, and the scheduler of the slots that experts lease.
 * Stages and experts compute on the device's workers; the scheduler computes nothing.
 */
package jingwei.actors.device;
