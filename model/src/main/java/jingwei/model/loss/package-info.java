/** Losses, summed by the domains of their tokens. */
package jingwei.model.loss;
