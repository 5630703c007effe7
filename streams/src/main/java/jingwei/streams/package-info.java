/**
 * The order in which data flows and how it is acknowledged: sources, tokenising, packing, the
 * domain schedule, routing ahead. No class here holds model state.
 */
package jingwei.streams;
