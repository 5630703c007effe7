/**
 * Configuration: defaults, presets, files and single values. They are resolved once and then read
 * into records once. Only commands resolve a configuration, and only a resumed run merges two.
 */
package jingwei.cluster.settings;
