// Package compose starts docker-compose.yml for tests, as a user does, under a
// project name, with ports, passwords and a program of the test's own. A stack
// ends, with its data, with the test.
package compose
