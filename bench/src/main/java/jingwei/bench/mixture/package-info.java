/**
 * The baselines of the ECSS ladder: a trainer of the same decoder whose experts are chosen by a
 * learned gate (Switch, 2101.03961) or by route tables, and whose optimizer updates every expert in
 * each step.
 */
package jingwei.bench.mixture;
