// Package parser turns SQL text into what the router plans with: a Shape, which
// is the statement without its literals and so the key of the plan cache, and,
// when no plan is cached, an abstract syntax tree.
//
// It has two halves. The Scanner is a lexer of ours that takes the literals out
// of a statement; it runs on every statement, allocates nothing once its Shape
// has grown, and does not understand SQL's grammar. Parse hides the set-up of
// the TiDB parser; it runs on a plan-cache miss alone.
//
// The invariant (safety rule 22): two statements that mean different plans never
// share Text, read under one Mode. What the Scanner does not understand for
// certain it marks with Doubt, and a doubtful statement is parsed from its
// original text and its plan is not cached.
//
// The package is pure: no sockets, no clocks, no goroutines, nothing of ours
// imported. A Scanner and a Shape belong to one goroutine at a time; everything
// else is safe for concurrent use.
package parser
