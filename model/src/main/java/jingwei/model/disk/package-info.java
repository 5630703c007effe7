/** Files on disk: atomic replacement, and plain words for what goes wrong. */
package jingwei.model.disk;
