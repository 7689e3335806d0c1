// Package weights has the collation weights that MySQL gives to characters:
// what WEIGHT_STRING returns for each code point, so that text can be folded
// here as MySQL folds it.
//
// The data files are made from a running server by the program in gen; see
// its comment. Tables are decoded when first used, are read-only from then on,
// and may be used by any number of goroutines. No goroutine is started.
package weights
