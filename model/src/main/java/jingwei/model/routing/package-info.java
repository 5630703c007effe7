/**
 * Random Routed Experts: which expert a token visits is a table drawn before training, by domain
 * and token id (2303.10845; Hash Layers, 2106.04426).
 */
package jingwei.model.routing;
