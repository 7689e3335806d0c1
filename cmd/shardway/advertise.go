package main

import "net"

// advertiseUsage describes --advertise.
const advertiseUsage = "`host` by which the other processes reach this one, where that is not the address it listens on, as in containers"

// advertised is the address by which others reach a listener: its own, or its
// port on a host that they know by another name.
func advertised(l net.Listener, host string) string {
	addr := l.Addr().String()
	_, port, err := net.SplitHostPort(addr)
	if host == "" || err != nil {
		return addr
	}
	return net.JoinHostPort(host, port)
}
