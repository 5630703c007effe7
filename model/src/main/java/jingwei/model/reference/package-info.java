/**
 * The reference trainer: one thread, everything resident, every owner updated in order. Every other
 * trainer must give the same bits.
 */
package jingwei.model.reference;
