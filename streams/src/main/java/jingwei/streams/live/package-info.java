/**
 * Text that is trained on while it arrives. What a step trains on is a function of the rows and of
 * their order in each domain, not of the times at which they came.
 */
package jingwei.streams.live;
