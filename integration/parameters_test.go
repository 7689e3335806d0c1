package integration

import (
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
)

// bound makes a parameter of a type from its bytes on the wire.
func bound(t mysql.FieldType, value []byte) mysql.Param {
	return mysql.Param{ParamType: mysql.ParamType{Type: t}, Value: value}
}

func integer(t mysql.FieldType, n int64) mysql.Param {
	width := map[mysql.FieldType]int{mysql.TypeTiny: 1, mysql.TypeShort: 2, mysql.TypeLong: 4, mysql.TypeLongLong: 8}[t]
	return bound(t, binary.LittleEndian.AppendUint64(nil, uint64(n))[:width])
}

func unsigned(n uint64) mysql.Param {
	p := bound(mysql.TypeLongLong, binary.LittleEndian.AppendUint64(nil, n))
	p.Unsigned = true
	return p
}

func long(n int64) mysql.Param { return integer(mysql.TypeLongLong, n) }

func double(f float64) mysql.Param {
	return bound(mysql.TypeDouble, binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

func float(f float32) mysql.Param {
	return bound(mysql.TypeFloat, binary.LittleEndian.AppendUint32(nil, math.Float32bits(f)))
}

func decimal(s string) mysql.Param { return bound(mysql.TypeNewDecimal, []byte(s)) }

func text(s string) mysql.Param { return bound(mysql.TypeVarString, []byte(s)) }

func blob(s string) mysql.Param { return bound(mysql.TypeBlob, []byte(s)) }

func none() mysql.Param {
	return mysql.Param{ParamType: mysql.ParamType{Type: mysql.TypeNull}, Null: true}
}

func dateOf(t time.Time) []byte {
	return append(binary.LittleEndian.AppendUint16(nil, uint16(t.Year())), byte(t.Month()), byte(t.Day()))
}

func date(s string) mysql.Param {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return bound(mysql.TypeDate, dateOf(t))
}

func moment(kind mysql.FieldType, s string) mysql.Param {
	t, err := time.Parse("2006-01-02 15:04:05.999999", s)
	if err != nil {
		panic(err)
	}
	value := append(dateOf(t), byte(t.Hour()), byte(t.Minute()), byte(t.Second()))
	if micros := uint32(t.Nanosecond() / 1000); micros != 0 {
		value = binary.LittleEndian.AppendUint32(value, micros)
	}
	return bound(kind, value)
}

func datetime(s string) mysql.Param { return moment(mysql.TypeDatetime, s) }

// clock is a TIME; days, hours, minutes and seconds as they stand on the wire.
func clock(negative byte, days uint32, hms [3]byte, micros uint32) mysql.Param {
	value := append(binary.LittleEndian.AppendUint32([]byte{negative}, days), hms[:]...)
	if micros != 0 {
		value = binary.LittleEndian.AppendUint32(value, micros)
	}
	return bound(mysql.TypeTime, value)
}

// execution is a statement and what is bound to it.
type execution struct {
	sql    string
	params []mysql.Param
}

func with(sql string, params ...mysql.Param) execution { return execution{sql, params} }

// executions bind parameters of every type to keys of every type.
func executions() []execution {
	person, rate, day, at := "SELECT name FROM people WHERE id = ?", "SELECT label FROM rates WHERE rate = ?", "SELECT label FROM days WHERE day = ?", "SELECT label FROM stamps WHERE at = ?"
	word, bytes, big := "SELECT n FROM words WHERE word = ?", "SELECT n FROM blobs WHERE k = ?", "SELECT label FROM bigs WHERE id = ?"
	return []execution{
		with(person, integer(mysql.TypeTiny, 7)), with(person, integer(mysql.TypeShort, 7)), with(person, integer(mysql.TypeLong, 7)),
		with(person, long(7)), with(person, long(-1)), with(person, unsigned(7)), with(person, unsigned(math.MaxUint64)), with(person, long(math.MinInt64)),
		with(person, float(7)), with(person, double(7)), with(person, double(7.5)), with(person, decimal("7")), with(person, decimal("7.0")),
		with(person, text("7")), with(person, text("7.0")), with(person, text("x")), with(person, blob("7")), with(person, none()),
		with(rate, decimal("1.5")), with(rate, decimal("1.50")), with(rate, decimal("-0.01")), with(rate, double(1.5)), with(rate, double(7.77)),
		with(rate, float(1.5)), with(rate, float(7.77)), with(rate, long(10)), with(rate, text("1.50")), with(rate, text("1.5")), with(rate, decimal("1.505")),
		with(day, date("2020-02-29")), with(day, datetime("2020-02-29 00:00:00")), with(day, datetime("2020-02-29 12:00:00")), with(day, text("2020-02-29")), with(day, long(20200229)),
		with(at, datetime("2020-02-29 12:00:00")), with(at, datetime("2021-06-30 12:34:56.789")), with(at, datetime("1970-01-01 00:00:01.000001")),
		with(at, date("2020-01-01")), with(at, moment(mysql.TypeTimestamp, "2015-05-05 05:05:05.000005")), with(at, text("2021-06-30 12:34:56.789")),
		with(word, text("STRASSE")), with(word, text("straße")), with(word, blob("apple")), with(word, long(10)), with(word, text("10")), with(word, double(10)),
		with(bytes, blob("plain")), with(bytes, text("plain")), with(bytes, blob("\x00\x00")), with(bytes, blob("")), with(bytes, text("ünï")),
		with(big, unsigned(math.MaxUint64)), with(big, long(-1)), with(big, decimal("18446744073709551615")), with(big, text("9223372036854775808")), with(big, double(10)),
		with("SELECT v FROM grid WHERE x = ? AND y = ?", long(1), text("É")),
		with("SELECT id FROM people WHERE id IN (?, ?, ?) ORDER BY id", long(1), text("2"), decimal("3.0")),
		with("SELECT id FROM people WHERE id IN (?, ?) ORDER BY id", integer(mysql.TypeTiny, 1), integer(mysql.TypeLong, 2)),
		with("SELECT id FROM people WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ? OFFSET ?", long(1), long(30), long(5), long(3)),
		with("SELECT ?, ?, ?, ?, ?", long(1), double(1.5), text("é"), none(), datetime("2020-01-01 01:02:03.000004")),
		with("SELECT id FROM people WHERE name LIKE ? ORDER BY id", text("a%")),
		with("SELECT id FROM kinds WHERE ti = ? OR t6 = ? ORDER BY id", clock(0, 0, [3]byte{12, 0, 0}, 0), clock(1, 0, [3]byte{0, 0, 0}, 1)),
		with("SELECT id FROM kinds WHERE dt > ? ORDER BY id", datetime("2012-01-01 00:00:00")),
		with("SELECT city, COUNT(*) AS n FROM people WHERE age > ? GROUP BY city HAVING COUNT(*) > ? ORDER BY city", long(20), long(1)),
		with("SELECT COUNT(*), SUM(balance) FROM people WHERE balance > ?", double(10.5)),
		with("INSERT INTO kinds (id, t, bu, d, f, dd, da, dt, d6, ti, t6, vc, vb, bl, j) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
			long(7000), integer(mysql.TypeTiny, -1), unsigned(math.MaxUint64), decimal("1.00001"), float(1.25), double(-1e-9), date("2001-02-03"),
			datetime("2001-02-03 04:05:06"), datetime("2001-02-03 04:05:06.000007"), clock(0, 1, [3]byte{1, 2, 3}, 0), clock(1, 0, [3]byte{1, 2, 3}, 4),
			text("日本'\\"), blob("\x00\xff'\\"), blob(strings.Repeat("z", 300)), text(`{"a": [1]}`)),
		with("SELECT * FROM kinds WHERE id = ?", long(7000)),
		with("UPDATE kinds SET vc = ?, d = ? WHERE id IN (?, ?)", none(), double(2.5), long(7000), long(7001)),
		with("SELECT * FROM kinds WHERE id > ? ORDER BY id", long(6999)),
		with("DELETE FROM kinds WHERE id = ? OR vc = ?", long(7000), text("no such text")),
		with("INSERT INTO counters VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)", long(7001), long(1), text("a"), long(7002), long(2), none(), long(7003), double(3), blob("c")),
		with("SELECT * FROM counters WHERE id > ? ORDER BY id", long(7000)),
		with("DELETE FROM counters WHERE id IN (?, ?, ?)", long(7001), long(7002), long(7003)),
		with("DO ?", long(1)), with("SHOW TABLES LIKE 'peo%'"), with("DESCRIBE products"),
	}
}

// parameters executes statements with parameters of every type on both sides.
func (r *run) parameters(t *testing.T) {
	t.Helper()
	for _, x := range executions() {
		_, want, err := r.plain.execute(x.sql, x.params)
		if err != nil {
			t.Fatalf("%s %v: plain MySQL: %v", x.sql, x.params, err)
		}
		_, given, err := r.proxy.execute(x.sql, x.params)
		if err != nil {
			t.Fatalf("%s %v: Shardway: %v", x.sql, x.params, err)
		}
		for _, d := range compare(want, given, judgement{ordered: strings.Contains(x.sql, "ORDER BY")}) {
			if d.field == "warnings" {
				continue // MySQL warns again when it first executes a statement; and each shard warns for itself
			}
			t.Errorf("%s %v\n\t%v", x.sql, x.params, d)
		}
	}
}

// rebind executes one prepared statement with one type after the other.
func (r *run) rebind(t *testing.T) {
	t.Helper()
	const sql = "SELECT n FROM words WHERE word = ? OR n = ?"
	sides := []*client{r.plain, r.proxy}
	var ids [2]uint32
	for i, side := range sides {
		p, err := side.prepare(sql)
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = p.ID
	}
	for _, params := range [][]mysql.Param{
		{text("10"), long(3)}, {text("STRASSE"), text("4")}, {text("zoo"), none()}, {text("10"), decimal("5")}, {blob("apple"), double(6)},
	} {
		var answers [2]answer
		for i, side := range sides {
			x := mysql.Execute{StmtID: ids[i], Params: params}
			err := errors.Join(side.WriteRawCommand(x.Append(nil)), side.Flush())
			if err == nil {
				answers[i], err = side.answer(true)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range compare(answers[0], answers[1], judgement{}) {
			t.Errorf("%s %v\n\t%v", sql, params, d)
		}
	}
}

// longData sends a parameter in pieces.
func (r *run) longData(t *testing.T) {
	t.Helper()
	var answers [2]answer
	for i, side := range []*client{r.plain, r.proxy} {
		p, err := side.prepare("INSERT INTO kinds (id, bl, vc) VALUES (?, ?, ?)")
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			head := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint32(nil, p.ID), 1)
			if err := side.WriteCommand(mysql.ComStmtSendLongData, append(head, strings.Repeat("piece ", 1000)...)); err != nil {
				t.Fatal(err)
			}
		}
		// The value of the second parameter is not in the packet.
		x := mysql.Execute{StmtID: p.ID, Params: []mysql.Param{long(7100), {ParamType: mysql.ParamType{Type: mysql.TypeBlob}, Null: true}, text("x")}}
		packet := x.Append(nil)
		packet[10] = 0 // the bit that says NULL
		err = errors.Join(side.WriteRawCommand(packet), side.Flush())
		if err == nil {
			answers[i], err = side.answer(true)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, d := range compare(answers[0], answers[1], judgement{}) {
		t.Error(d)
	}
	const check = "SELECT LENGTH(bl), SHA2(bl, 256), vc FROM kinds WHERE id = 7100"
	want, given := r.plain.must(t, check).rows, r.proxy.must(t, check).rows
	if len(given) != 1 || given[0][0] != "18000" || given[0][1] != want[0][1] {
		t.Errorf("long data: %q, want %q", given, want)
	}
	for _, side := range []*client{r.plain, r.proxy} {
		side.must(t, "DELETE FROM kinds WHERE id = 7100")
	}
}

// commands sends what is neither a query nor a prepared statement.
func (r *run) commands(t *testing.T) {
	t.Helper()
	for _, c := range []struct {
		name string
		cmd  mysql.Command
		arg  string
	}{
		{"ping", mysql.ComPing, ""},
		{"init db", mysql.ComInitDB, r.schema},
		{"init unknown db", mysql.ComInitDB, "nosuchdb"},
		{"execute of an unknown statement", mysql.ComStmtExecute, "\xff\xff\x00\x00\x00\x01\x00\x00\x00"},
		{"reset of an unknown statement", mysql.ComStmtReset, "\xff\xff\x00\x00"},
		{"reset connection", mysql.ComResetConnection, ""},
		{"no database after reset", mysql.ComQuery, "SELECT DATABASE() IS NOT NULL, @unset"},
	} {
		var answers [2]answer
		for i, side := range []*client{r.plain, r.proxy} {
			err := errors.Join(side.WriteCommand(c.cmd, []byte(c.arg)), side.Flush())
			if err == nil {
				answers[i], err = side.answer(false)
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
		}
		if e := answers[0].err; e != nil && errors.Is(answers[1].err, e) {
			continue // the number is enough
		}
		for _, d := range compare(answers[0], answers[1], judgement{}) {
			t.Errorf("%s: %v", c.name, d)
		}
	}
}
