package flow

import (
	"log/slog"
	"time"
)

// Options bound a flow. The zero value is good.
type Options struct {
	// ChunkBytes is about how much of a table is read at once; 0 means 2 MiB.
	ChunkBytes int
	// Copiers is how many chunks are read at a time; 0 means 2.
	Copiers int
	// Lanes is how many transactions are open on each target; 0 means 4.
	Lanes int
	// QueueBytes bounds what waits for one target; 0 means 32 MiB.
	QueueBytes int64
	// CopyBytesPerSecond limits copying; 0 does not. It can be changed with
	// SetCopyLimit while the flow runs.
	CopyBytesPerSecond int64
	// SourceRunningMax pauses copying while the server that is read runs more
	// statements at a time; 0 means 64, negative does not look.
	SourceRunningMax int
	// ReplicaLagMax pauses copying while a replica of a target lags more; 0
	// means 5 s, negative does not look.
	ReplicaLagMax time.Duration
	// Patience is how long a state that only time can mend may last before it
	// ends the flow: a source that lacks what the targets have. 0 means two
	// minutes. Servers that cannot be reached are tried without end.
	Patience time.Duration
	// SpillDir is for transactions larger than memory; empty means the system's
	// folder for temporary files.
	SpillDir string
	Log      *slog.Logger // nil discards
}

const (
	chunkBytesDefault  = 2 << 20
	copiersDefault     = 2
	lanesDefault       = 4
	queueBytesDefault  = 32 << 20
	runningMaxDefault  = 64
	replicaLagDefault  = 5 * time.Second
	patienceDefault    = 2 * time.Minute
	retryMin, retryMax = 100 * time.Millisecond, 5 * time.Second
)

func (o *Options) setDefaults() {
	setDefault(&o.ChunkBytes, chunkBytesDefault)
	setDefault(&o.Copiers, copiersDefault)
	setDefault(&o.Lanes, lanesDefault)
	setDefault(&o.QueueBytes, queueBytesDefault)
	setDefault(&o.SourceRunningMax, runningMaxDefault)
	setDefault(&o.ReplicaLagMax, replicaLagDefault)
	setDefault(&o.Patience, patienceDefault)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

func setDefault[T comparable](value *T, otherwise T) {
	var zero T
	if *value == zero {
		*value = otherwise
	}
}
