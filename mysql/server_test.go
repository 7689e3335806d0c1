package mysql

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/shardway/shardway/internal/testkit"
)

// realServer is the MySQL that these tests share.
func realServer(t testing.TB) *testkit.MySQL {
	return testkit.Server(t, testkit.Options{Args: []string{"--local-infile=1"}})
}

func dial(t testing.TB, v Variant) *Backend {
	t.Helper()
	s := realServer(t)
	b, err := DialBackend(context.Background(), s.Addr(), DialOptions{User: s.User, Password: s.Password, Variant: v})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func query(t testing.TB, b *Backend, sql string) *Result {
	t.Helper()
	res, err := b.Query(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return res
}

// bothFramings runs a test over a connection of each framing.
func bothFramings(t *testing.T, run func(t *testing.T, b *Backend)) {
	for _, deprecate := range []bool{false, true} {
		t.Run(fmt.Sprintf("DeprecateEOF=%v", deprecate), func(t *testing.T) {
			run(t, dial(t, Variant{DeprecateEOF: deprecate}))
		})
	}
}

// relayReal sends a command and relays its answer into memory, then reads what
// the client got.
func relayReal(t *testing.T, b *Backend, command []byte, opts RelayOptions) (*Conn, Summary) {
	t.Helper()
	c := &scriptConn{reads: [][]byte{packets(0, command)}}
	client := NewConn(c, ConnOptions{Capabilities: b.Capabilities() &^ CapSessionTrack, MaxPacket: backendMaxPacket})
	if _, err := client.ReadCommand(); err != nil {
		t.Fatal(err)
	}
	if err := b.Forward(client); err != nil {
		t.Fatal(err)
	}
	sum, err := Relay(client, b.Conn, opts)
	if err != nil {
		t.Fatal(err)
	}
	if !b.Clean() {
		t.Error("the backend is not clean")
	}
	if int(sum.Bytes) != c.written.Len() {
		t.Errorf("%d bytes came, %d were counted", c.written.Len(), sum.Bytes)
	}
	reader := NewConn(&scriptConn{reads: [][]byte{c.written.Bytes()}},
		ConnOptions{Capabilities: client.caps, MaxPacket: backendMaxPacket})
	return reader, sum
}

func TestDialBackend(t *testing.T) {
	s := realServer(t)
	admin := dial(t, Variant{})
	query(t, admin, "CREATE USER IF NOT EXISTS dialer IDENTIFIED BY 'first'")
	t.Cleanup(func() { query(t, admin, "DROP USER dialer") })
	login := func(password string, o DialOptions) (*Backend, error) {
		o.User, o.Password = "dialer", password
		return DialBackend(t.Context(), s.Addr(), o)
	}
	for _, c := range []struct {
		name string
		o    DialOptions
	}{
		{"full, by RSA", DialOptions{}},
		{"fast", DialOptions{Variant: Variant{DeprecateEOF: true, FoundRows: true, IgnoreSpace: true}}},
		{"TLS", DialOptions{TLS: &tls.Config{InsecureSkipVerify: true}}}, //nolint:gosec // a server of the test's own
	} {
		b, err := login("first", c.o)
		if err != nil {
			t.Fatal(c.name, err)
		}
		res := query(t, b, "SELECT CONNECTION_ID(), @@version")
		if res.Value(0, 0) != fmt.Sprint(b.ConnectionID) || res.Value(0, 1) != b.ServerVersion || !b.Clean() {
			t.Errorf("%s: %d %s, says %v", c.name, b.ConnectionID, b.ServerVersion, res.Rows)
		}
		_ = b.Close()
	}
	_, err := login("wrong", DialOptions{})
	wantCode(t, "wrong password", err, ErAccessDenied)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := DialBackend(ctx, s.Addr(), DialOptions{User: "dialer", Password: "first"}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVariantsReachTheServer(t *testing.T) {
	b := dial(t, Variant{FoundRows: true})
	s := realServer(t).Schema(t)
	query(t, b, "CREATE TABLE "+s+".t (a INT)")
	query(t, b, "INSERT INTO "+s+".t VALUES (1)")
	if got := query(t, b, "UPDATE "+s+".t SET a = 1").AffectedRows; got != 1 {
		t.Errorf("%d rows found", got)
	}
	_, err := b.Query("SELECT 1; SELECT 2")
	wantCode(t, "two statements in one", err, ErParse)
}

func TestSHA2VerifierIsTheServers(t *testing.T) {
	b := dial(t, Variant{})
	for _, password := range []string{"x", "Tr0ub4dor&3", strings.Repeat("long", 20), "pässwörd"} {
		query(t, b, "CREATE USER hashed IDENTIFIED BY '"+password+"'")
		res := query(t, b, "SELECT HEX(authentication_string) FROM mysql.user WHERE user = 'hashed'")
		query(t, b, "DROP USER hashed")
		stored, err := hex.DecodeString(res.Value(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		if !CheckSHA2(stored, password) || CheckSHA2(stored, password+"x") {
			t.Errorf("%q does not fit %q", password, stored)
		}
		salt, rounds, _ := parseSHA2(stored)
		if own := sha2Verifier(password, salt, rounds/1000); !bytes.Equal(own, stored) {
			t.Errorf("%q: %q is not %q", password, own, stored)
		}
	}
}

func TestRelayOfALargeRealResult(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		query(t, b, "SET SESSION cte_max_recursion_depth = 20000")
		sql := "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 20000) " +
			"SELECT i, REPEAT(CHAR(65 + i % 26), i % 300) AS v FROM n"
		reader, sum := relayReal(t, b, append([]byte{byte(ComQuery)}, sql...), RelayOptions{})
		res, err := reader.ReadResult(DefaultResultBytes)
		if err != nil || sum.Rows != 20000 || len(res.Rows) != 20000 || sum.Columns != 2 {
			t.Fatal(err, sum)
		}
		for i, row := range res.Rows {
			want := strings.Repeat(string(rune('A'+(i+1)%26)), (i+1)%300)
			if string(row[0].Data) != fmt.Sprint(i+1) || string(row[1].Data) != want {
				t.Fatalf("row %d is %q, %q", i, row[0].Data, row[1].Data)
			}
		}
	})
}

func TestRelayOfARowAbove16MB(t *testing.T) {
	const size = 17 << 20
	bothFramings(t, func(t *testing.T, b *Backend) {
		sql := fmt.Sprintf("SELECT REPEAT('abc', %d) UNION ALL SELECT 'last'", size/3)
		reader, sum := relayReal(t, b, append([]byte{byte(ComQuery)}, sql...), RelayOptions{})
		res, err := reader.ReadResult(2 * size)
		if err != nil || sum.Rows != 2 || len(res.Value(0, 0)) != size/3*3 || res.Value(1, 0) != "last" {
			t.Fatal(err, sum)
		}
		if len(b.buf) > relayBufferMax {
			t.Errorf("the buffer grew to %d", len(b.buf))
		}
	})
}

func TestForwardOfACommandAbove16MB(t *testing.T) {
	const size = 17 << 20
	b := dial(t, Variant{DeprecateEOF: true})
	sql := "SELECT LENGTH('" + strings.Repeat("x", size) + "')"
	reader, _ := relayReal(t, b, append([]byte{byte(ComQuery)}, sql...), RelayOptions{})
	reader.expect = []uint8{2} // the command took two frames
	res, err := reader.ReadResult(1000)
	if err != nil || res.Value(0, 0) != fmt.Sprint(size) {
		t.Fatal(err, res)
	}
}

func TestRelayOfARealProcedure(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		s := realServer(t).Schema(t)
		query(t, b, "CREATE PROCEDURE "+s+".p() BEGIN SELECT 1; SELECT 2, 3; END")
		reader, sum := relayReal(t, b, []byte("\x03CALL "+s+".p()"), RelayOptions{})
		if sum.Rows != 2 || sum.Columns != 0 || sum.Err != nil {
			t.Errorf("%+v", sum)
		}
		res, err := reader.ReadResult(1000)
		if err != nil || res.Value(0, 0) != "1" || !reader.Clean() {
			t.Error(err, res)
		}
	})
}

func TestRelayOfARealFile(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		s := realServer(t).Schema(t)
		query(t, b, "CREATE TABLE "+s+".t (a INT, b TEXT)")
		var lines strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&lines, "%d\tvalue %d\n", i, i)
		}
		file := []byte(lines.String())
		sql := "\x03LOAD DATA LOCAL INFILE 'any' INTO TABLE " + s + ".t"
		c := &scriptConn{reads: [][]byte{packets(0, []byte(sql)), packets(2, file[:30_000], file[30_000:], nil)}}
		client := NewConn(c, ConnOptions{Capabilities: b.Capabilities() &^ CapSessionTrack})
		if _, err := client.ReadCommand(); err != nil {
			t.Fatal(err)
		}
		if err := b.Forward(client); err != nil {
			t.Fatal(err)
		}
		sum, err := Relay(client, b.Conn, RelayOptions{LocalFiles: true})
		if err != nil || sum.Err != nil || sum.AffectedRows != 5000 || !b.Clean() {
			t.Fatalf("%v, %+v", err, sum)
		}
		_, sum = relayReal(t, b, []byte(sql), RelayOptions{})
		if sum.Err == nil || sum.Err.Code != ErClientLocalFilesOff {
			t.Errorf("refused: %+v", sum)
		}
		if got := query(t, b, "SELECT COUNT(*) FROM "+s+".t").Value(0, 0); got != "5000" {
			t.Errorf("%s rows", got)
		}
	})
}

func TestRelayTakesTheGTIDOfAWrite(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		s := realServer(t).Schema(t)
		query(t, b, "CREATE TABLE "+s+".t (a INT)")
		query(t, b, "SET SESSION session_track_gtids = OWN_GTID")
		reader, sum := relayReal(t, b, []byte("\x03INSERT INTO "+s+".t VALUES (1), (2)"), RelayOptions{})
		g, err := ParseGTID(sum.GTID)
		if err != nil {
			t.Fatal(err, sum)
		}
		executed, err := ParseGTIDSet(query(t, b, "SELECT @@global.gtid_executed").Value(0, 0))
		if err != nil || !executed.Has(g) {
			t.Error(err, executed, g)
		}
		res, err := reader.ReadResult(100)
		if err != nil || res.AffectedRows != 2 || res.Status != StatusAutocommit || res.Info != "Records: 2  Duplicates: 0  Warnings: 0" {
			t.Errorf("the client got %v, %+v", err, res)
		}
		_, sum = relayReal(t, b, []byte("\x03USE "+s), RelayOptions{})
		if sum.Schema != s || !sum.SchemaChanged {
			t.Errorf("%+v", sum)
		}
	})
}

func TestPipelinedCommandsOnARealServer(t *testing.T) {
	bothFramings(t, func(t *testing.T, b *Backend) {
		if err := errors.Join(b.WriteQuery("SET @x = 41"), b.WriteQuery("SELEC"), b.WriteQuery("SELECT @x + 1"), b.Flush()); err != nil {
			t.Fatal(err)
		}
		sum, err := Relay(nil, b.Conn, RelayOptions{Capture: true})
		if err != nil || sum.Err != nil {
			t.Fatal(err, sum.Err)
		}
		_, err = b.ReadResult(100)
		wantCode(t, "SELEC", err, ErParse)
		res, err := b.ReadResult(100)
		if err != nil || res.Value(0, 0) != "42" || !b.Clean() {
			t.Fatal(err, res)
		}
	})
}

func TestAliveSeesAKilledConnection(t *testing.T) {
	admin, b := dial(t, Variant{}), dial(t, Variant{})
	if !b.Alive() {
		t.Fatal("a fresh connection is dead")
	}
	query(t, b, "SELECT REPEAT('x', 100000)")
	b.Trim()
	if len(b.buf) != DefaultReadBuffer || !b.Alive() {
		t.Errorf("%d bytes kept", len(b.buf))
	}
	query(t, admin, fmt.Sprintf("KILL %d", b.ConnectionID))
	for b.Alive() {
		if _, err := admin.Query("SELECT 1"); err != nil {
			t.Fatal(err)
		}
	}
}
