package binlog

import (
	"errors"
	"fmt"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/shardway/shardway/mysql"
)

// Transaction is one committed transaction.
type Transaction struct {
	// GTIDs is one GTID, or two for an XA branch: its PREPARE's and that of its
	// COMMIT or ROLLBACK.
	GTIDs []mysql.GTID
	// Statements are what the log has as text: DDL above all, and DML that was
	// logged by statement. A consumer that cannot prove one harmless must stop.
	Statements []Statement
	// Unseen is set for the XA COMMIT of a branch whose PREPARE is not in the
	// stream: its rows are not known. That happens with branches that were
	// prepared before the stream's position.
	Unseen bool

	format []byte
	buffer buffer
}

// Statement is SQL text, and the default schema that it ran in.
type Statement struct{ Schema, Text string }

// Kind is what happened to a row.
type Kind uint8

// The kinds of change.
const (
	Insert Kind = iota + 1
	Update
	Delete
)

// Change is one row's change. Values are in the order of the table's columns.
type Change struct {
	Kind  Kind
	Table *Table
	// Before is nil for Insert, After for Delete.
	Before, After []any
}

func (t *Transaction) close() { t.buffer.close() }

// Changes calls f with every row change, in order. It may be called again while
// the transaction is valid; the tables and values are f's to keep.
func (t *Transaction) Changes(f func(Change) error) error {
	parser := newParser()
	if len(t.format) > 0 {
		if _, err := parser.Parse(t.format); err != nil {
			return t.unreadable(err)
		}
	}
	tables := map[uint64]*Table{}
	return t.buffer.each(func(raw []byte) error {
		event, err := parser.Parse(raw)
		if err != nil {
			return t.unreadable(err)
		}
		switch e := event.Event.(type) {
		case *replication.TableMapEvent:
			table, err := newTable(e)
			if err != nil {
				return t.unreadable(err)
			}
			tables[e.TableID] = table
		case *replication.RowsEvent:
			table := tables[e.TableID]
			if table == nil {
				return t.unreadable(errors.New("rows of an unknown table"))
			}
			return t.rows(event.Header.EventType, table, e, f)
		}
		return nil
	})
}

func (t *Transaction) unreadable(err error) error {
	return &UnreadableError{Reason: err.Error(), GTID: t.GTIDs[0].String()}
}

func (t *Transaction) rows(kind replication.EventType, table *Table, e *replication.RowsEvent, f func(Change) error) error {
	for i, row := range e.Rows {
		if len(e.SkippedColumns[i]) > 0 {
			return t.unreadable(fmt.Errorf("a row of %s.%s without all columns: binlog_row_image must be FULL, in sessions too", table.Schema, table.Name))
		}
		for c := range row {
			value, err := table.Columns[c].value(row[c])
			if err != nil {
				return t.unreadable(fmt.Errorf("%s.%s: %w", table.Schema, table.Name, err))
			}
			row[c] = value
		}
	}
	step := 1
	change := Change{Table: table}
	switch kind {
	case replication.WRITE_ROWS_EVENTv1, replication.WRITE_ROWS_EVENTv2:
		change.Kind = Insert
	case replication.DELETE_ROWS_EVENTv1, replication.DELETE_ROWS_EVENTv2:
		change.Kind = Delete
	default:
		change.Kind, step = Update, 2
	}
	for i := 0; i+step <= len(e.Rows); i += step {
		switch change.Kind {
		case Insert:
			change.After = e.Rows[i]
		case Delete:
			change.Before = e.Rows[i]
		case Update:
			change.Before, change.After = e.Rows[i], e.Rows[i+1]
		}
		if err := f(change); err != nil {
			return err
		}
	}
	return nil
}

func newParser() *replication.BinlogParser {
	p := replication.NewBinlogParser()
	p.SetFlavor(gomysql.MySQLFlavor)
	p.SetVerifyChecksum(true)
	p.SetTimestampStringLocation(time.UTC)
	p.SetRenderJSONAsMySQLText(true)
	return p
}
