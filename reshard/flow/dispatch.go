package flow

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/mysql/binlog"
)

const (
	// pieceBytes is about how much of one transaction is executed at once.
	pieceBytes = 4 << 20
	// streamPatience ends a stream that receives nothing, so that another
	// server is looked for.
	streamPatience = 10 * time.Second
)

// dispatch passes transactions on to the targets' queues. It runs in the
// stream's goroutine.
type dispatch struct {
	*attempt
	ctx     context.Context
	decoder decoder
	// had is what each target had executed when the stream began.
	had []mysql.GTIDSet
	// open is what the present transaction has for each target; nil for a target
	// that has it already.
	open []*item
}

func newDispatch(ctx context.Context, a *attempt, had []mysql.GTIDSet) *dispatch {
	d := &dispatch{attempt: a, ctx: ctx, had: had, open: make([]*item, len(a.targets))}
	d.decoder = decoder{spec: &a.f.spec, tables: a.tables, seed: maphash.MakeSeed(), emit: d.emit}
	return d
}

// transaction puts one transaction into the queues, whole with regard to chunks
// that are marked at the same time.
func (d *dispatch) transaction(tx *binlog.Transaction) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	id := tx.GTIDs[0].String()
	if tx.Unseen && (d.chunks || d.f.spec.Start != "") {
		return stop(hintBeginAgain, "%s commits an XA branch that was prepared before the flow began: its rows are not known", id)
	}
	if err := d.statements(tx); err != nil {
		return err
	}
	var gtids mysql.GTIDSet
	for _, g := range tx.GTIDs {
		gtids = gtids.Add(g)
	}
	for i := range d.open {
		d.open[i] = nil
		if !d.had[i].Contains(gtids) {
			d.open[i] = &item{}
		}
	}
	d.decoder.known = map[*binlog.Table][]*mapping{}
	if err := tx.Changes(d.decoder.change); err != nil {
		return d.explain(id, err)
	}
	for i, it := range d.open {
		if it == nil {
			it = &item{}
		}
		it.gtids = gtids
		if err := d.targets[i].queue.push(d.ctx, it); err != nil {
			return err
		}
	}
	d.delivered = d.delivered.Union(gtids)
	d.delivery()
	return nil
}

// explain says in which transaction a row cannot be passed on.
func (d *dispatch) explain(id string, err error) error {
	var stopped *StopError
	var unreadable *binlog.UnreadableError
	switch {
	case errors.As(err, &stopped):
		return &StopError{Reason: id + ": " + stopped.Reason, Hint: stopped.Hint, Err: stopped.Err}
	case errors.As(err, &unreadable), d.ctx.Err() != nil:
		return err
	}
	return &StopError{Reason: id + ": " + err.Error(), Hint: hintBeginAgain, Err: err}
}

// emit adds an op to what the transaction has for a target. A large transaction
// is passed on in pieces.
func (d *dispatch) emit(target int, o op) error {
	it := d.open[target]
	if it == nil {
		return nil
	}
	it.ops = append(it.ops, o)
	it.bytes += o.bytes()
	if it.bytes < pieceBytes {
		return nil
	}
	it.part = true
	d.open[target] = &item{}
	return d.targets[target].queue.push(d.ctx, it)
}

// delivery wakes those who wait for a transaction to be delivered.
func (d *dispatch) delivery() {
	d.state.Lock()
	defer d.state.Unlock()
	d.signal()
}

// awaitDelivered returns when the stream has delivered all of a set.
func (a *attempt) awaitDelivered(ctx context.Context, set mysql.GTIDSet) error {
	for {
		a.state.Lock()
		moved := a.moved
		a.state.Unlock()
		a.mu.Lock()
		there := a.delivered.Contains(set)
		a.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-moved:
		}
	}
}
