/**
 * The ladder from a learned mixture to ECSS: its rungs, their figures, and what follows from them
 * (PanGu-Sigma, arXiv 2303.10845).
 */
package jingwei.bench.ecss;
