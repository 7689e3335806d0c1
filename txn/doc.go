// Package txn names the transactions that span groups, and writes the
// statements by which they are decided. A transaction's home is the group that
// it touched first: its part there is a plain transaction, which also inserts
// the row that decides; its part in every other group is an XA branch. A branch
// that is found prepared is resolved by the home group's row alone: there and
// 'commit', it is committed; absent, an abort row is inserted under the same key
// first, and then it is rolled back (safety rule 5).
//
// The package is pure: it opens no connection. Whoever commits, resolves or
// forgets takes names and statements from here, so that they agree.
package txn
