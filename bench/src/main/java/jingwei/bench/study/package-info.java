/** What a model learns from equal text, and in equal time. */
package jingwei.bench.study;
