// Package doctor looks for what the safety of a cluster rests on and does not
// hold: settings of its MySQL servers, their versions, privileges, clocks and
// identities, and that no sequence is behind the rows that it feeds.
//
// Ask reads a server's facts, Judge is the pure core that turns those of all
// servers into findings, JudgeSequences that for sequences. Each finding says what is wrong, where, why it matters
// and how to mend it, if possible with statements that mend it at once. The
// package starts no goroutine and changes nothing.
package doctor
