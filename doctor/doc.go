// Package doctor looks for what the safety of a cluster rests on and does not
// hold: settings of its MySQL servers, their versions, privileges, clocks and
// identities.
//
// Ask reads a server's facts, Judge is the pure core that turns those of all
// servers into findings. Each finding says what is wrong, where, why it matters
// and how to mend it, if possible with statements that mend it at once. The
// package starts no goroutine and changes nothing.
package doctor
