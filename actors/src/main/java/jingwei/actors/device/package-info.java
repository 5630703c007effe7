/**
 * A device and who lives on it: dense stages, experts, and the scheduler of the slots that experts
 * lease. Every actor here computes on one of the device's workers; the scheduler alone computes
 * nothing.
 */
package jingwei.actors.device;
