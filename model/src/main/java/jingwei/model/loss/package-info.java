/** Losses, added up by the domains of their tokens. */
package jingwei.model.loss;
