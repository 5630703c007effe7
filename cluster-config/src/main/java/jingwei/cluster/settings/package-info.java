/**
 * Configuration: defaults, presets, files and single values, resolved once and read into records,
 * also once. Commands resolve it, a run that goes on merges it, and nothing else knows it.
 */
package jingwei.cluster.settings;
