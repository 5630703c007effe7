/**
 * The decoder of PanGu-alpha and PanGu-Sigma: its shape, its stages, the owners of its weights, and
 * the pass of one micro-batch through each stage.
 */
package jingwei.model.decoder;
