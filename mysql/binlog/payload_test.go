package binlog

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/klauspost/compress/zstd"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/mysql"
)

// Transactions that a session has compressed tell the same story as those that it has
// not: of a commit, of branches, and of statements in between that are never compressed.
func TestCompressedTransactions(t *testing.T) {
	s, db, schema := own(t)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	packed := func() (n int) {
		row := conn.QueryRowContext(t.Context(), `SELECT COALESCE(SUM(transaction_counter), 0)
			FROM performance_schema.binary_log_transaction_compression_stats WHERE log_type = 'BINARY' AND compression_type = 'ZSTD'`)
		if err := row.Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var stories []string
	for _, compressed := range []string{"OFF", "ON"} {
		before := packed()
		start := executed(t, db)
		for _, q := range []string{
			"SET SESSION binlog_transaction_compression = " + compressed, "CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(3000), j JSON)",
			"INSERT INTO t VALUES (1, 'x', '{}'), (2, NULL, NULL)", "BEGIN", "UPDATE t SET b = REPEAT('y', 3000)", "DELETE FROM t WHERE a = 1",
			"INSERT INTO t VALUES (3, 'z', '[1]')", "COMMIT", "XA START 'p'", "INSERT INTO t (a) VALUES (4)", "XA END 'p'", "XA PREPARE 'p'",
			"XA COMMIT 'p'", "XA START 'q'", "INSERT INTO t (a) VALUES (5)", "XA END 'q'", "XA COMMIT 'q' ONE PHASE", "DROP TABLE t",
			"SET SESSION binlog_transaction_compression = DEFAULT",
		} {
			if _, err := conn.ExecContext(t.Context(), q); err != nil {
				t.Fatal(q, err)
			}
		}
		if n := packed() - before; (n >= 2) != (compressed == "ON") {
			t.Errorf("with compression %s, %d transactions were compressed", compressed, n)
		}
		stories = append(stories, strings.Join(story(t, NewStream(options(s), start), schema, executed(t, db)), "\n"))
	}
	if stories[0] != stories[1] || !strings.Contains(stories[1], "t 1 [] [4 <nil> <nil>]") {
		t.Errorf("compressed:\n%s\nnot compressed:\n%s", stories[1], stories[0])
	}
}

// A transaction is unpacked as its events are read: what does not fit into memory goes
// to a file, as if it had not been compressed.
func TestAHugeCompressedTransaction(t *testing.T) {
	s, db, _ := own(t)
	testkit.Exec(t, db, "CREATE TABLE t (a INT PRIMARY KEY AUTO_INCREMENT, b VARCHAR(3000))")
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	start := executed(t, db)
	for _, q := range []string{
		"SET SESSION binlog_transaction_compression = ON",
		"INSERT INTO t (b) WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i+1 FROM n WHERE i < 900) SELECT REPEAT('x', 3000) FROM n",
		"SET SESSION binlog_transaction_compression = DEFAULT",
	} {
		if _, err := conn.ExecContext(t.Context(), q); err != nil {
			t.Fatal(q, err)
		}
	}
	o := options(s)
	o.MemoryMax = 64 << 10
	stream := NewStream(o, start)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = stream.Run(ctx, func(tx *Transaction) error {
		rows := 0
		if err := tx.Changes(func(Change) error { rows++; return nil }); err != nil {
			return err
		}
		if rows != 900 || tx.buffer.file == nil || stream.assembler.budget.used > o.MemoryMax {
			t.Errorf("%d rows, %d bytes in memory, file %v", rows, stream.assembler.budget.used, tx.buffer.file)
		}
		return errEnd
	})
	if !errors.Is(err, errEnd) {
		t.Fatal(err)
	}
}

// packedEvent is an event of a payload.
func packedEvent(kind replication.EventType, body string) []byte {
	event := make([]byte, eventHeader, eventHeader+len(body))
	event[eventKindAt] = byte(kind)
	binary.LittleEndian.PutUint32(event[eventLengthAt:], uint32(eventHeader+len(body)))
	return append(event, body...)
}

// payloadOf is the event of a compressed transaction.
func payloadOf(t *testing.T, compression uint64, events []byte) []byte {
	t.Helper()
	if compression == compressionZstd {
		packer, err := zstd.NewWriter(nil)
		if err != nil {
			t.Fatal(err)
		}
		events = packer.EncodeAll(events, nil)
	}
	kind := mysql.AppendUint(nil, compression)
	body := mysql.AppendUint([]byte{payloadCompression}, uint64(len(kind)))
	body = append(append(body, kind...), 1, 1, 200, payloadEnd)
	event := append(packedEvent(replication.TRANSACTION_PAYLOAD_EVENT, string(body)), events...)
	return binary.LittleEndian.AppendUint32(event, crc32.ChecksumIEEE(event))
}

func TestPayloads(t *testing.T) {
	take := func(raw []byte) (*Transaction, error) {
		a := assembler{budget: &budget{max: 1 << 20}, checksums: true, open: &Transaction{}}
		a.open.buffer.budget = a.budget
		return a.payload(raw)
	}
	rows := packedEvent(replication.WRITE_ROWS_EVENTv2, "rows")
	whole := append(rows, packedEvent(replication.XID_EVENT, "12345678")...)
	for _, compression := range []uint64{compressionZstd, compressionNone} {
		raw := payloadOf(t, compression, whole)
		tx, err := take(raw)
		if err != nil || len(tx.buffer.memory) != 1 || !strings.HasPrefix(string(tx.buffer.memory[0][eventHeader:]), "rows") {
			t.Fatalf("compression %d: %v, %+v", compression, err, tx)
		}
		event := tx.buffer.memory[0]
		sum := len(event) - crc32.Size
		if binary.LittleEndian.Uint32(event[sum:]) != crc32.ChecksumIEEE(event[:sum]) || int(binary.LittleEndian.Uint32(event[eventLengthAt:])) != len(event) {
			t.Errorf("compression %d: the event has another length or checksum: %x", compression, event)
		}
		for n := range len(raw) - crc32.Size { // whatever is cut off
			if _, err := take(append(raw[:n:n], "sum!"...)); err == nil {
				t.Errorf("compression %d: %d bytes of %d are a transaction", compression, n, len(raw)-crc32.Size)
			}
		}
	}
	for what, raw := range map[string][]byte{
		"no end":               payloadOf(t, compressionZstd, rows),
		"more than the end":    payloadOf(t, compressionZstd, append(whole, rows...)),
		"too short an event":   payloadOf(t, compressionNone, append(make([]byte, eventHeader), whole...)),
		"too long an event":    payloadOf(t, compressionNone, []byte(strings.Repeat("\xff", eventHeader))),
		"unknown compression":  payloadOf(t, 7, whole),
		"nothing but a header": packedEvent(replication.TRANSACTION_PAYLOAD_EVENT, ""),
		"no header":            {},
	} {
		if _, err := take(raw); err == nil {
			t.Errorf("%s: it is a transaction", what)
		} else {
			t.Logf("%s: %v", what, err)
		}
	}
}
