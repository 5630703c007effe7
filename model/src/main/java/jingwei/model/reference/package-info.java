/**
 * The reference trainer: one thread, everything resident, every owner updated in order. Whatever
 * trains the same model in another way must come to the same bits.
 */
package jingwei.model.reference;
