/**
 * How fast it is, measured side by side with the machine's limit. The product needs nothing from
 * here.
 */
package jingwei.bench;
