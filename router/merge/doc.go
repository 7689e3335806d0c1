// Package merge puts the row streams of several groups together as plan.Merge
// says: concatenation, merge sort, DISTINCT, combination of partial aggregates,
// HAVING and LIMIT. Rows go in and out as payloads of row packets, in the text
// or in the binary encoding.
//
// The package is pure: it starts no goroutine, and each Merger belongs to one.
// The streams belong to whoever made them; a Merger only pulls rows, never more
// than it needs, and a row is pulled from a stream when the one before it has
// been used up. So nothing is copied, and one row per stream is in memory, but
// for DISTINCT and GROUP BY, whose memory Limits bounds.
//
// Rows are compared by one kind of key (see keys): bytes whose order is the
// order of MySQL and which are equal where MySQL says that values are equal.
// Sorting, DISTINCT, GROUP BY, MIN and MAX all rest on it.
package merge
