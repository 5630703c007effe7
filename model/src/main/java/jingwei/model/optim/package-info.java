/** Adam for dense stages and experts, learning rates, clipping. */
package jingwei.model.optim;
