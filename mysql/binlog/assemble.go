package binlog

import (
	"fmt"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/shardway/shardway/mysql"
)

// heldMax bounds the XA branches that are held.
const heldMax = 4096

// assembler makes transactions of events.
type assembler struct {
	budget *budget
	// parser reads the events that frame transactions; format is the event
	// that says how to read all others, and whether they have checksums.
	parser    *replication.BinlogParser
	format    []byte
	checksums bool
	// open is the group being received.
	open *Transaction
	// begun is set when the group is more than one statement.
	begun bool
	held  map[xid]*Transaction
}

// cut throws the open group away: the connection is another one.
func (a *assembler) cut() {
	if a.open != nil {
		a.open.close()
	}
	a.open, a.parser = nil, nil
}

func (a *assembler) close() {
	a.cut()
	for _, tx := range a.held {
		tx.close()
	}
	a.held = nil
}

// withHeld adds the PREPAREs of held branches to a position.
func (a *assembler) withHeld(position mysql.GTIDSet) mysql.GTIDSet {
	for _, tx := range a.held {
		for _, id := range tx.GTIDs {
			position = position.Add(id)
		}
	}
	return position
}

func (a *assembler) unreadable(format string, args ...any) error {
	err := &UnreadableError{Reason: fmt.Sprintf(format, args...)}
	if a.open != nil && len(a.open.GTIDs) > 0 {
		err.GTID = a.open.GTIDs[0].String()
	}
	return err
}

// event takes one event and returns the transaction that it completes, if any.
func (a *assembler) event(kind replication.EventType, raw []byte) (*Transaction, error) {
	if kind == replication.FORMAT_DESCRIPTION_EVENT {
		return nil, a.begin(raw)
	}
	switch kind {
	case replication.ROTATE_EVENT, replication.PREVIOUS_GTIDS_EVENT, replication.HEARTBEAT_EVENT, replication.HEARTBEAT_LOG_EVENT_V2,
		replication.STOP_EVENT, replication.ROWS_QUERY_EVENT, replication.IGNORABLE_EVENT:
		return nil, nil
	case replication.GTID_EVENT, replication.GTID_TAGGED_LOG_EVENT:
		return nil, a.gtid(raw)
	case replication.ANONYMOUS_GTID_EVENT:
		return nil, a.unreadable("a transaction without GTID: gtid_mode must be ON")
	}
	if a.open == nil {
		return nil, a.unreadable("%s outside a transaction", kind)
	}
	switch kind {
	case replication.QUERY_EVENT:
		return a.query(raw)
	case replication.TABLE_MAP_EVENT, replication.WRITE_ROWS_EVENTv2, replication.UPDATE_ROWS_EVENTv2, replication.DELETE_ROWS_EVENTv2,
		replication.WRITE_ROWS_EVENTv1, replication.UPDATE_ROWS_EVENTv1, replication.DELETE_ROWS_EVENTv1:
		return nil, a.open.buffer.add(raw)
	case replication.XID_EVENT:
		return a.finish(), nil
	case replication.XA_PREPARE_LOG_EVENT:
		return a.prepare(raw)
	case replication.PARTIAL_UPDATE_ROWS_EVENT:
		return nil, a.unreadable("partial JSON in a row image: binlog_row_value_options must be empty, in sessions too")
	case replication.TRANSACTION_PAYLOAD_EVENT:
		return a.payload(raw)
	}
	return nil, a.unreadable("%s is not row-based: binlog_format must be ROW", kind)
}

// begin notes how to read the events that follow.
func (a *assembler) begin(format []byte) error {
	a.format = append([]byte(nil), format...)
	a.parser = newParser()
	event, err := a.parser.Parse(format)
	if err != nil {
		return err
	}
	e, ok := event.Event.(*replication.FormatDescriptionEvent)
	a.checksums = ok && e.ChecksumAlgorithm == replication.BINLOG_CHECKSUM_ALG_CRC32
	return nil
}

// gtid begins a group. A group that is still open was cut by its server.
func (a *assembler) gtid(raw []byte) error {
	if a.open != nil {
		a.open.close()
		a.open = nil
	}
	if a.parser == nil {
		return a.unreadable("a transaction before the format")
	}
	event, err := a.parser.Parse(raw)
	if err != nil {
		return err
	}
	var body *replication.GTIDEvent
	switch e := event.Event.(type) {
	case *replication.GTIDEvent:
		body = e
	case *replication.GtidTaggedLogEvent:
		body = &e.GTIDEvent
	default:
		return a.unreadable("%T in place of a GTID", event.Event)
	}
	set, err := body.GTIDNext()
	if err != nil {
		return err
	}
	id, err := mysql.ParseGTID(set.String())
	if err != nil {
		return err
	}
	a.open = &Transaction{GTIDs: []mysql.GTID{id}, format: a.format, buffer: buffer{budget: a.budget}}
	a.begun = false
	return nil
}

func (a *assembler) query(raw []byte) (*Transaction, error) {
	event, err := a.parser.Parse(raw)
	if err != nil {
		return nil, err
	}
	q, ok := event.Event.(*replication.QueryEvent)
	if !ok {
		return nil, a.unreadable("%T in place of a statement", event.Event)
	}
	text := string(q.Query)
	upper := strings.ToUpper(text)
	switch {
	case text == "BEGIN", strings.HasPrefix(text, "XA START "):
		a.begun = true
		return nil, nil
	case strings.HasPrefix(text, "XA END "), strings.HasPrefix(upper, "SAVEPOINT "):
		return nil, nil
	case text == "COMMIT":
		return a.finish(), nil
	case strings.HasPrefix(upper, "ROLLBACK"):
		return nil, a.unreadable("%s: a transaction that was partly rolled back and wrote to a table without transactions", text)
	case strings.HasPrefix(text, "XA "):
		return a.decide(text)
	}
	a.open.Statements = append(a.open.Statements, Statement{Schema: string(q.Schema), Text: text})
	if a.begun {
		return nil, nil
	}
	return a.finish(), nil
}

func (a *assembler) finish() *Transaction {
	tx := a.open
	a.open = nil
	return tx
}

// prepare holds the open group, or finishes it if its one phase is its commit.
func (a *assembler) prepare(raw []byte) (*Transaction, error) {
	id, onePhase, ok := prepared(raw[min(eventHeader, len(raw)):])
	if !ok {
		return nil, a.unreadable("an XA PREPARE that is no such thing")
	}
	tx := a.finish()
	if onePhase {
		return tx, nil
	}
	if old := a.held[id]; old != nil {
		old.close()
	}
	if a.held == nil {
		a.held = map[xid]*Transaction{}
	}
	a.held[id] = tx
	if len(a.held) > heldMax {
		return nil, a.unreadable("more than %d prepared XA branches", heldMax)
	}
	return nil, nil
}

// decide ends a branch. Its GTIDs, PREPARE's and decision's, go together.
func (a *assembler) decide(text string) (*Transaction, error) {
	id, commit, ok := decision(text)
	if !ok {
		return nil, a.unreadable("%s", text)
	}
	end := a.finish()
	branch := a.held[id]
	delete(a.held, id)
	if branch == nil {
		end.Unseen = commit
		return end, nil
	}
	branch.GTIDs = append(branch.GTIDs, end.GTIDs...)
	if !commit {
		branch.close()
		branch.Statements = nil
	}
	return branch, nil
}
