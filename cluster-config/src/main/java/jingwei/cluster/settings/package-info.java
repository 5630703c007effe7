/**
 * Configuration: defaults, presets, files and single values, resolved once and read into records.
 */
package jingwei.cluster.settings;
