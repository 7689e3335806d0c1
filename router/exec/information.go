package exec

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/topology"
)

// schemas are what the user may see: keyspaces with at least the grant read,
// and what is the same for everybody.
func (s *Session) schemas() []string {
	snap := s.env.Topology.Current()
	list := []string{"information_schema", "performance_schema"}
	user := snap.Users[s.Identity.User]
	for name := range snap.Keyspaces {
		if user != nil && user.Allows(name, topology.GrantRead) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func (s *Session) appendSchemas(dst []byte) []byte {
	for i, name := range s.schemas() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = mysql.AppendQuoted(dst, []byte(name), s.LiteralMode())
	}
	return dst
}

// tableID names a table of the cluster's.
type tableID struct{ Keyspace, Table string }

// tableNumbers are what information_schema.TABLES says of a table that differs
// from shard to shard, put together: counts and sizes are added up, of a
// reference table one copy's and of a single table those of its own shard are
// taken. The counter is the furthest.
type tableNumbers struct {
	Schema string  `json:"s"`
	Table  string  `json:"t"`
	Rows   *uint64 `json:"r"`
	Data   *uint64 `json:"d"`
	Index  *uint64 `json:"i"`
	Free   *uint64 `json:"f"`
	Next   *uint64 `json:"a"`
}

// average is what AVG_ROW_LENGTH is for all shards together.
func (n *tableNumbers) average() uint64 {
	if n.Rows == nil || n.Data == nil || *n.Rows == 0 {
		return 0
	}
	return *n.Data / *n.Rows
}

// tableNumbersMax bounds the tables whose numbers are put together.
const tableNumbersMax = 100_000

// numbersOf asks every group of the keyspaces that are on several.
func (s *Session) numbersOf(ctx context.Context, keyspaces []*topology.Keyspace) (map[tableID]*tableNumbers, error) {
	byGroup := map[string][]*topology.Keyspace{}
	for _, ks := range keyspaces {
		for _, group := range ks.Groups() {
			byGroup[group] = append(byGroup[group], ks)
		}
	}
	all := map[tableID]*tableNumbers{}
	for group, on := range byGroup {
		res, err := s.askGroup(ctx, group, numbersQuery(on))
		if err != nil {
			return nil, err
		}
		for i := range res.Rows {
			id := tableID{Keyspace: res.Value(i, 0), Table: res.Value(i, 1)}
			ks := on[slices.IndexFunc(on, func(k *topology.Keyspace) bool { return k.Name == id.Keyspace })]
			if !counts(ks, id.Table, group) {
				continue
			}
			if all[id] == nil {
				all[id] = &tableNumbers{Schema: id.Keyspace, Table: id.Table}
			}
			all[id].add(res, i)
		}
		if len(all) > tableNumbersMax {
			return nil, notSupported("the numbers of more than %d tables are not put together; name columns that are the same on every shard", tableNumbersMax)
		}
	}
	return all, nil
}

func numbersQuery(keyspaces []*topology.Keyspace) string {
	var names []string
	for _, ks := range keyspaces {
		names = append(names, string(mysql.AppendQuoted(nil, []byte(ks.Name), mysql.LiteralMode{})))
	}
	return "SELECT table_schema, table_name, table_rows, data_length, index_length, data_free, auto_increment FROM information_schema.tables WHERE table_schema IN (" + strings.Join(names, ", ") + ")"
}

// counts reports whether a group's numbers of a table are part of the whole.
func counts(ks *topology.Keyspace, table, group string) bool {
	decl := ks.Tables[table]
	return decl != nil && decl.Kind == topology.KindSharded || group == ks.ShardFor(0).Group
}

func (n *tableNumbers) add(res *mysql.Result, row int) {
	for column, to := range map[int]**uint64{2: &n.Rows, 3: &n.Data, 4: &n.Index, 5: &n.Free, 6: &n.Next} {
		v, err := strconv.ParseUint(res.Value(row, column), 10, 64)
		if err != nil {
			continue // NULL
		}
		switch {
		case *to == nil:
			*to = &v
		case column == 6:
			**to = max(**to, v)
		default:
			**to += v
		}
	}
}

// askGroup asks a group's primary something of the proxy's own.
func (s *Session) askGroup(ctx context.Context, group, sql string) (*mysql.Result, error) {
	l, err := s.borrow(ctx, group)
	if err != nil {
		_, err = s.notSent(err, &Statement{Level: LevelPrimary})
		return nil, err
	}
	s.running.add(l)
	res, err := s.query(l, sql)
	if err != nil {
		_, err = s.failedOn(l, err, plan.AccessLock, &Statement{}, true)
		return nil, err
	}
	s.giveBack(l)
	return res, nil
}

// spreadKeyspaces are the keyspaces on several groups that the user may see.
func (s *Session) spreadKeyspaces() []*topology.Keyspace {
	var list []*topology.Keyspace
	snap := s.env.Topology.Current()
	for _, name := range s.schemas() {
		if ks := snap.Serving(name); ks != nil && len(ks.Groups()) > 1 {
			list = append(list, ks)
		}
	}
	return list
}

// countTables writes information_schema.TABLES as a derived table: confined to
// what the user may see, with the numbers of all shards.
func (s *Session) countTables(ctx context.Context) error {
	all, err := s.numbersOf(ctx, s.spreadKeyspaces())
	if err != nil {
		return err
	}
	list := make([]*tableNumbers, 0, len(all))
	for _, n := range all {
		list = append(list, n)
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	b := []byte("(SELECT t.TABLE_CATALOG, t.TABLE_SCHEMA, t.TABLE_NAME, t.TABLE_TYPE, t.ENGINE, t.VERSION, t.ROW_FORMAT, " +
		"IF(n.s IS NULL, t.TABLE_ROWS, n.r) AS TABLE_ROWS, IF(n.s IS NULL, t.AVG_ROW_LENGTH, IF(n.r IS NULL, NULL, IFNULL(n.d DIV n.r, 0))) AS AVG_ROW_LENGTH, " +
		"IF(n.s IS NULL, t.DATA_LENGTH, n.d) AS DATA_LENGTH, t.MAX_DATA_LENGTH, IF(n.s IS NULL, t.INDEX_LENGTH, n.i) AS INDEX_LENGTH, " +
		"IF(n.s IS NULL, t.DATA_FREE, n.f) AS DATA_FREE, IF(n.s IS NULL, t.AUTO_INCREMENT, n.a) AS AUTO_INCREMENT, t.CREATE_TIME, t.UPDATE_TIME, t.CHECK_TIME, " +
		"t.TABLE_COLLATION, t.CHECKSUM, t.CREATE_OPTIONS, t.TABLE_COMMENT FROM information_schema.TABLES t LEFT JOIN JSON_TABLE(")
	b = append(hex.AppendEncode(append(b, "_utf8mb4 0x"...), text), ", '$[*]' COLUMNS (s VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.s', t VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$.t', "+
		"r BIGINT UNSIGNED PATH '$.r', d BIGINT UNSIGNED PATH '$.d', i BIGINT UNSIGNED PATH '$.i', f BIGINT UNSIGNED PATH '$.f', a BIGINT UNSIGNED PATH '$.a')) n "+
		"ON n.s = CONVERT(t.TABLE_SCHEMA USING utf8mb4) COLLATE utf8mb4_bin AND n.t = CONVERT(t.TABLE_NAME USING utf8mb4) COLLATE utf8mb4_bin WHERE LEFT(t.TABLE_NAME, "+strconv.Itoa(len(topology.HiddenPrefix))+") <> '"+topology.HiddenPrefix+"' AND t.TABLE_SCHEMA IN ("...)
	s.tables = string(append(s.appendSchemas(b), "))"...))
	return nil
}

// The columns of SHOW TABLE STATUS that are numbers of the shard's.
const (
	statusRows, statusAverage, statusData, statusIndex, statusFree, statusNext = 4, 5, 6, 8, 9, 10
)

// Tables answers SHOW TABLES of a keyspace on several groups, which has tables
// that are not the client's: those that keep unique keys.
func (s *Session) Tables(ctx context.Context, ks *topology.Keyspace, sql string) error {
	res, err := s.askGroup(ctx, ks.ShardFor(0).Group, sql)
	if err != nil {
		return err
	}
	hideOwnTables(res)
	if err := s.answer(res.Columns, res.Rows); err != nil {
		return err
	}
	s.ledger.RowCount, s.ledger.FoundRows = -1, int64(len(res.Rows))
	return nil
}

// hideOwnTables takes Shardway's own tables out of an answer whose first column names tables.
func hideOwnTables(res *mysql.Result) {
	res.Rows = slices.DeleteFunc(res.Rows, func(row []mysql.Cell) bool {
		return strings.HasPrefix(strings.ToLower(string(row[0].Data)), topology.HiddenPrefix)
	})
}

// TableStatus answers SHOW TABLE STATUS of a keyspace on several groups: the
// first shard's answer with the numbers of all.
func (s *Session) TableStatus(ctx context.Context, ks *topology.Keyspace, sql string) error {
	all, err := s.numbersOf(ctx, []*topology.Keyspace{ks})
	if err != nil {
		return err
	}
	res, err := s.askGroup(ctx, ks.ShardFor(0).Group, sql)
	if err != nil {
		return err
	}
	hideOwnTables(res)
	for i, row := range res.Rows {
		n := all[tableID{Keyspace: ks.Name, Table: res.Value(i, 0)}]
		if n == nil || len(row) <= statusNext {
			continue
		}
		average := n.average()
		for column, v := range map[int]*uint64{statusRows: n.Rows, statusAverage: &average, statusData: n.Data, statusIndex: n.Index, statusFree: n.Free, statusNext: n.Next} {
			if !row[column].Null && v != nil {
				row[column].Data = strconv.AppendUint(nil, *v, 10)
			}
		}
	}
	if err := s.answer(res.Columns, res.Rows); err != nil {
		return err
	}
	s.ledger.RowCount, s.ledger.FoundRows = -1, int64(len(res.Rows))
	return nil
}
