// Package containers holds the test of docker-compose.yml: the stack that "make
// up" starts, with a project name, ports, passwords and a program of the test's
// own, under a load through HAProxy, while containers are killed, cut off and
// stopped.
//
// It is skipped where no Docker engine answers, and only there: an engine on
// which the stack does not start is a failure.
package containers
