package resolve

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/shardway/shardway/internal/control"
	"github.com/shardway/shardway/topology"
)

// The defaults of Options.
const (
	defaultInterval    = time.Second
	defaultAfter       = 2 * time.Second
	defaultForgetAfter = time.Minute
)

// The bounds of a round.
const (
	// lookTimeout bounds listing a group's branches.
	lookTimeout = 2 * time.Second
	// askTimeout bounds asking one home about all of a group's branches, and
	// inserting what is absent.
	askTimeout = 3 * time.Second
	// actTimeout bounds deciding all of a group's branches; each waits for an
	// acknowledgement.
	actTimeout = 10 * time.Second
	// forgetTimeout bounds one round of forgetting.
	forgetTimeout = 30 * time.Second
	// forgetEvery is the longest pause between two rounds of forgetting.
	forgetEvery = 5 * time.Second
	// executedSeconds is how long a replica may take to execute what its
	// primary had, before nothing is forgotten in this round.
	executedSeconds = 2
	// batchRows is how many decisions are read and deleted at once.
	batchRows = 500
	// batchesMax is how many rounds follow each other without a pause.
	batchesMax = 20
)

// Options are what a Resolver needs. Store, Source and StillLeads must be set.
type Options struct {
	Store control.Store
	// Source is kept up to date by somebody else.
	Source *topology.Source
	// StillLeads asks etcd whether this controller leads.
	StillLeads func(context.Context) error
	// Interval is how often each group's branches are listed; 1 s.
	Interval time.Duration
	// After is how long a branch must be seen prepared before anything is done
	// about it: as long as a proxy may take from its prepare to its commit; 2 s.
	After time.Duration
	// ForgetAfter is how old a decision must be to be forgotten; 1 min.
	ForgetAfter time.Duration
	Log         *slog.Logger
}

// Validate fills in what is left out and refuses what cannot work.
func (o *Options) Validate() error {
	if o.Store == nil || o.Source == nil || o.StillLeads == nil {
		return errors.New("txn/resolve: a store, a source and a leadership are needed")
	}
	for _, d := range []struct {
		value    *time.Duration
		standard time.Duration
	}{{&o.Interval, defaultInterval}, {&o.After, defaultAfter}, {&o.ForgetAfter, defaultForgetAfter}} {
		if *d.value <= 0 {
			*d.value = d.standard
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}
