/** The peers that Jingwei is compared with, each in a separate process. */
package jingwei.bench.peer;
