/** Models in use: losses, logits and generated text, without gradients. */
package jingwei.model.inference;
