// Package tidy holds the rules of the house that a compiler does not: who may
// import whom, where goroutines begin, what a package may keep. Its tests apply
// each rule to the whole tree and to a small bad example, so that a rule which
// has stopped finding anything is noticed.
//
// A finding is answered by better code. Where a rule is wrong for one place,
// that place is named in the rule's table, with the reason.
package tidy
