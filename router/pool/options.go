package pool

import (
	"crypto/tls"
	"log/slog"
	"time"
)

// Options bounds a Cluster. Zero values mean the defaults.
type Options struct {
	// Zone is where this process runs; replicas of the same zone come first.
	Zone string
	// MaxPerInstance bounds the connections to one server, in use and idle: 90.
	MaxPerInstance int
	// MaxWaiters bounds who waits for a connection to one server: 1024.
	MaxWaiters int
	// IdleTimeout is how long an unused connection is kept: 5 minutes.
	IdleTimeout time.Duration
	// WaitTimeout bounds waiting for a connection when all are lent: 10 seconds.
	WaitTimeout time.Duration
	// DialTimeout bounds connecting and logging in: 2 seconds.
	DialTimeout time.Duration
	// ProbeEvery is the pause between probes of a server: 250 milliseconds.
	ProbeEvery time.Duration
	// ProbeTimeout is when a probe has failed: 500 milliseconds.
	ProbeTimeout time.Duration
	// TLS is used towards servers if it is set.
	TLS *tls.Config
	// Log is told when a server is taken out and put back; nil is silent.
	Log *slog.Logger
}

func (o *Options) setDefaults() {
	def := func(v *int, to int) {
		if *v <= 0 {
			*v = to
		}
	}
	defTime := func(v *time.Duration, to time.Duration) {
		if *v <= 0 {
			*v = to
		}
	}
	def(&o.MaxPerInstance, 90)
	def(&o.MaxWaiters, 1024)
	defTime(&o.IdleTimeout, 5*time.Minute)
	defTime(&o.WaitTimeout, 10*time.Second)
	defTime(&o.DialTimeout, 2*time.Second)
	defTime(&o.ProbeEvery, 250*time.Millisecond)
	defTime(&o.ProbeTimeout, 500*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}
