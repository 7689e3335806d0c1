//go:build !unix

package mysql

// Alive reports whether the connection has not failed yet; here there is no
// way to ask the network without waiting.
func (c *Conn) Alive() bool { return !c.broken && c.r == c.w }
