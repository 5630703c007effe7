/**
 * Checkpoints: safetensors files, a manifest that names and checksums every one of them, and a name
 * that appears only when all of it is on disk.
 */
package jingwei.model.checkpoint;
