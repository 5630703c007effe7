/**
 * Checkpoints: safetensors files, and a manifest with the name and checksum of each. The name of a
 * checkpoint appears only when all its files are on disk.
 */
package jingwei.model.checkpoint;
