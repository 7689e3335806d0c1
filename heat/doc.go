// Package heat counts, in one proxy, where the load of keyspaces is: by token
// range, and the shard keys that have much of it. It is told of a sample of the
// statements that one shard key places, and forgets: what was half a minute ago
// counts little.
//
// The keys are kept by the space-saving algorithm (Metwally, Agrawal and El
// Abbadi, "Efficient computation of frequent and top-k elements in data streams",
// 2005): a key that has more than one part in keysMax of the load is always among
// them, and how much of its count may be others' is known. Counts of several
// proxies can be added. Memory is constant for each keyspace.
//
// It starts no goroutine.
package heat
