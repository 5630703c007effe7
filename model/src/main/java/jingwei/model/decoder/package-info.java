/**
 * The decoder of PanGu-alpha and PanGu-Sigma, built from layers: its shape, its owners and their
 * weights.
 */
package jingwei.model.decoder;
