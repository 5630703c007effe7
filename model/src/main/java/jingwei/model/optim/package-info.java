/** Adam for dense stages and experts, learning rates and clipping. */
package jingwei.model.optim;
