/**
 * Random Routed Experts: a table drawn before training gives the expert of a token, by domain and
 * token id (2303.10845; Hash Layers, 2106.04426).
 */
package jingwei.model.routing;
