// Package binlog reads a MySQL server's binary log as a stream of committed
// transactions, each with its GTID and its typed row changes.
//
// A transaction is delivered whole, when it has committed, and never before:
// what was received of one when the connection broke is thrown away, and comes
// again. The rows of an XA branch are written to the binary log when it is
// prepared; they are held and delivered at its XA COMMIT, or dropped at its XA
// ROLLBACK. The GTID of the PREPARE counts as delivered only then, so that a
// position (a set of GTIDs) never passes a branch whose fate is unknown: who
// starts again from it receives the branch again.
//
// What cannot be delivered exactly ends the stream with an *UnreadableError:
// row images that lack columns, partial JSON, tables without column names,
// transactions that were partly rolled back. Compressed transactions are unpacked
// as they are received. Memory is bounded: beyond Options.MemoryMax, rows go to a
// file, and a payload is taken event by event.
//
// The events' bytes are kept as they came and decoded when the consumer asks
// for rows. Stream.Run works in its caller's goroutine, and go-mysql's reader
// ends with each connection.
package binlog
