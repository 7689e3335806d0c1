package bank

import (
	"errors"
	"fmt"
)

// Check compares the books with what writers know. elsewhere are transfers that
// were made without a line in the journal.
func (b *Books) Check(accounts int, logs []*Log, elsewhere []Line) error {
	var errs []error
	note := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(b.Balances) != accounts {
		note("%d accounts, there were %d", len(b.Balances), accounts)
	}
	if want := int64(accounts) * Start; b.Total() != want {
		note("the total is %d, it was %d", b.Total(), want)
	}
	moved := make(map[int]int64)
	type key struct{ writer, seq int }
	there := make(map[key]bool)
	for _, l := range b.Lines {
		if there[key{l.Writer, l.Seq}] {
			note("line %d of writer %d is there twice", l.Seq, l.Writer)
		}
		there[key{l.Writer, l.Seq}] = true
		moved[l.Source] -= l.Amount
		moved[l.Target] += l.Amount
	}
	for _, l := range elsewhere {
		moved[l.Source] -= l.Amount
		moved[l.Target] += l.Amount
	}
	for id, balance := range b.Balances {
		if balance != Start+moved[id] {
			note("account %d has %d, the journal says %d", id, balance, Start+moved[id])
		}
	}
	for _, log := range logs {
		for seq := 1; seq <= len(log.Outcomes); seq++ {
			switch outcome, found := log.Outcomes[seq-1], there[key{log.Writer, seq}]; {
			case outcome == Acknowledged && !found:
				note("transfer %d of writer %d was acknowledged and is not there", seq, log.Writer)
			case outcome == Failed && found:
				note("transfer %d of writer %d failed and is there", seq, log.Writer)
			}
		}
	}
	return errors.Join(errs...)
}
