/**
 * Texts for training and evaluation: documents of domains, read from files or from the running JDK,
 * cleaned, without repeats, and split into a training part and a held-out part.
 */
package jingwei.model.corpus;
