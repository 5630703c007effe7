/**
 * Texts to train and to measure on: documents of domains, read from files or from the running JDK,
 * cleaned, without repeats, and split into a part to train on and a part that is held out.
 */
package jingwei.model.corpus;
