/** Use of trained models: losses, logits and generated text, without gradients. */
package jingwei.model.inference;
