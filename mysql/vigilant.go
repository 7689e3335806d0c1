package mysql

import (
	"net"
	"time"
)

// How soon a connection ends whose other side has vanished without a word, cut off
// for instance: when it does not answer the probes that are sent while nothing else
// is, or has not acknowledged for vanishedMax what was sent. Systems' own bounds are a
// quarter of an hour and more. A server that is busy or hangs is none of that: its
// system answers.
const (
	probeIdle     = 10 * time.Second
	probeInterval = 5 * time.Second
	probesMax     = 3
	vanishedMax   = probeIdle + probesMax*probeInterval
)

// vigilant dials connections that notice when their server has vanished.
func vigilant() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: probeIdle, Interval: probeInterval, Count: probesMax},
		Control:         boundUnacknowledged,
	}
}
