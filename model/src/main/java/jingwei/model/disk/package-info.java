/** Files on disk: replaced as a whole, and in plain words when they cannot be read or written. */
package jingwei.model.disk;
