/** Native libraries from jars: where they are unpacked and how they are found. */
package jingwei.model.library;
