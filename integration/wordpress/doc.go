// Package wordpress proves on an application that nobody wrote for Shardway
// that adopting a server changes nothing for its clients: Debian's WordPress,
// served by PHP, with some hundred posts.
//
// The tests need what scripts/wordpress fetches, and run by 'make test-wordpress'.
package wordpress
