// Package drill breaks a cluster again and again while clients move money
// between accounts on its shards, and checks the books afterwards: what
// docs/atomicity.md promises. It is nothing but tests. A few rounds run with all
// tests; make drills runs the many whose results are in that page.
package drill
