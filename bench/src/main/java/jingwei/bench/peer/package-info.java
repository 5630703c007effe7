/** What Jingwei is measured against, as processes of their own. */
package jingwei.bench.peer;
