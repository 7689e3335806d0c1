// Package fuzzsql makes random schemas, rows and statements, always the same
// ones for a seed, and makes a case smaller for as long as it still shows what
// it showed. It is pure: whoever uses it runs the statements.
//
// What it makes has one right answer. Rows are compared in order only where
// Statement.Ordered says that the order is total; LIMIT stands only behind a
// total order; numbers are small, and floating-point ones are multiples of a
// quarter, so that no sum depends on the order of its parts; where a collation
// takes two spellings for equal, groups show what the spellings have in common.
package fuzzsql
