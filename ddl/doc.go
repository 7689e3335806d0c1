// Package ddl keeps the record of statements that change the tables of a
// keyspace on all of its groups, and finishes those that stopped half way.
//
// A proxy runs such a statement itself. Before it touches the first group it
// begins a job here, which is the keyspace's lock as well: one job per keyspace
// at a time. It reports how far it has come before each step, so whatever dies,
// the record says group by group what is done, what failed, and what is not
// known. What is not known is found out by looking at the server: each group's
// definitions were fingerprinted before the job, MySQL's own DDL is atomic, and
// nobody else changes the tables meanwhile.
//
// The package starts one goroutine per job that it resumes; Jobs.Close ends
// and waits for them.
package ddl
