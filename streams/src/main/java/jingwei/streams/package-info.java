/**
 * In which order data flows and how it is acknowledged: sources, tokenising, packing, the domain
 * schedule, route-ahead. Nothing in here holds model state.
 */
package jingwei.streams;
