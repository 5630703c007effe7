/**
 * Arithmetic on matrices: one small interface, a plain implementation on ND4J as the reference, and
 * a fast one on the Vector API and oneDNN.
 */
package jingwei.model.kernel;
