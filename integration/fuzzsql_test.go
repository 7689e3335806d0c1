package integration

import (
	"flag"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/fuzzsql"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/mysql"
)

// What make fuzz-sql may ask for. Without a duration a fixed set of seeds runs.
var (
	sqlSeed     = flag.Uint64("sql.seed", 1, "the first seed of random SQL")
	sqlSeeds    = flag.Uint64("sql.seeds", 0, "how many seeds run, for each number of shards; 0 for the fixed set, or no end with a duration")
	sqlDuration = flag.Duration("sql.duration", 0, "how long random SQL runs")
	sqlShards   = flag.String("sql.shards", "2,4,7", "numbers of shards that random SQL runs over")
	sqlLength   = flag.Int("sql.statements", 40, "statements per seed")
)

const (
	// fixedSeeds is how many seeds run as part of all tests.
	fixedSeeds = 3
	// shrinkTime bounds making one failing case smaller.
	shrinkTime = 2 * time.Minute
	// notGrouped is ER_WRONG_FIELD_WITH_GROUP.
	notGrouped = 1055
	// statementMillis bounds a query; what takes longer is not compared.
	statementMillis = 3000
)

// TestFuzzSQL: random schemas, rows and statements, over several shards and on
// a plain MySQL: what is not refused is answered alike, and leaves the same rows.
func TestFuzzSQL(t *testing.T) {
	var fuzzers []*fuzzer
	for word := range strings.SplitSeq(*sqlShards, ",") {
		shards, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		fuzzers = append(fuzzers, newFuzzer(t, shards))
	}
	end, seeds := time.Now().Add(*sqlDuration), *sqlSeeds
	if seeds == 0 && *sqlDuration == 0 {
		seeds = fixedSeeds
	}
	for i := uint64(0); seeds == 0 || i < seeds; i++ {
		if *sqlDuration > 0 && time.Now().After(end) {
			break
		}
		for n, f := range fuzzers {
			f.try(t, *sqlSeed+i*uint64(len(fuzzers))+uint64(n))
		}
	}
	for _, f := range fuzzers {
		f.report(t)
	}
}

// fuzzer runs cases over one number of shards.
type fuzzer struct {
	*run
	// generated: the case has a column that MySQL computes. Of collected rows it does
	// not know what such a column depends on, and may refuse it beside GROUP BY.
	generated bool
	// statements counts by class; refusals by reason; failed lists the seeds.
	statements map[string]int
	refusals   map[string]int
	errors     map[uint16]int
	samples    map[string]string
	failed     []uint64
}

func newFuzzer(t *testing.T, shards int) *fuzzer {
	f := &fuzzer{run: begin(t, shards, false), statements: map[string]int{}, refusals: map[string]int{}, errors: map[uint16]int{}, samples: map[string]string{}}
	for _, c := range []*client{f.plain, f.proxy} {
		c.must(t, fmt.Sprintf("SET SESSION max_execution_time = %d", statementMillis))
	}
	return f
}

// try runs the case of a seed until something differs, and then makes it smaller.
func (f *fuzzer) try(t *testing.T, seed uint64) {
	t.Helper()
	c := fuzzsql.New(seed, *sqlLength)
	f.generated = slices.ContainsFunc(c.Setup(), func(sql string) bool { return strings.Contains(sql, " VIRTUAL") || strings.Contains(sql, " STORED") })
	if err := f.setUp(c); err != nil {
		t.Errorf("seed %d over %d shards: %v\n%s", seed, f.shards, err, strings.Join(c.Setup(), ";\n"))
		return
	}
	for _, s := range c.Statements {
		v := f.step(t, s)
		f.statements[s.Class]++
		if v.refused != "" {
			f.refusals[v.refused]++
			if f.samples[v.refused] == "" {
				f.samples[v.refused] = s.String()
			}
			if v.over {
				return
			}
			continue
		}
		if v.code != 0 {
			f.errors[v.code]++
		}
		if len(v.differences) > 0 {
			f.failed = append(f.failed, seed)
			f.shrink(t, c, s, v)
		}
		if v.over || len(v.differences) > 0 {
			return
		}
	}
	f.settle()
}

// settle ends a transaction that a case may have left open.
func (f *fuzzer) settle() {
	for _, c := range []*client{f.plain, f.proxy} {
		_, _ = c.query("ROLLBACK")
	}
}

func (f *fuzzer) setUp(c *fuzzsql.Case) error {
	f.settle()
	for _, sql := range c.Setup() {
		for name, side := range map[string]*client{"plain MySQL": f.plain, "Shardway": f.proxy} {
			a, err := side.query(sql)
			if err == nil && a.err != nil {
				err = a.err
			}
			if err != nil {
				return fmt.Errorf("%s: %s: %w", name, sql, err)
			}
		}
	}
	return nil
}

// verdict is what came of one statement.
type verdict struct {
	// refused is the reason, without names and numbers.
	refused string
	// over: nothing that follows in the case can be compared.
	over bool
	// code is the error that both sides give.
	code        uint16
	differences []difference
}

// step runs a statement, first through the proxy: what is refused there does not
// run on the plain server either.
func (f *fuzzer) step(t *testing.T, s *fuzzsql.Statement) verdict {
	given := f.send(t, f.proxy, s.String(), s.Prepared)
	if given.err != nil && isRefusal(given.err) {
		return verdict{refused: reasonOf(given.err.Message)}
	}
	want := f.send(t, f.plain, s.String(), s.Prepared)
	if jsonTableLocked(want, s) && !jsonTableLocked(given, s) {
		want = f.send(t, f.plain, s.Unlocked(), s.Prepared)
	}
	if f.generated && given.err != nil && given.err.Code == notGrouped && want.err == nil {
		return verdict{refused: reasonOf(given.err.Message), over: len(s.Writes) > 0}
	}
	if spurious(want) && given.err == nil {
		return verdict{over: true}
	}
	v := verdict{differences: f.judge(want, given, s)}
	if want.err != nil {
		v.code = want.err.Code
	}
	if len(v.differences) > 0 && len(s.Writes) == 0 && len(f.judge(f.unindexed(t, s), given, s)) == 0 {
		t.Logf("MySQL answers as Shardway does where it uses no secondary index: %s", s)
		return verdict{over: true}
	}
	if len(v.differences) == 0 {
		v.differences = f.tables(t, s.Writes)
	}
	return v
}

// jsonTableLocked: MySQL takes a JSON_TABLE under FOR UPDATE or FOR SHARE for a
// table that is locked twice, though nothing of it can be locked. Collected rows
// are read without locks, and then the answer is that of the query without them.
func jsonTableLocked(a answer, s *fuzzsql.Statement) bool {
	const lockedTwice = 3569 // ER_DUPLICATE_TABLE_LOCK
	return a.err != nil && a.err.Code == lockedTwice && strings.Contains(s.String(), "JSON_TABLE(")
}

// spurious: MySQL looks a value up in a temporary table of its own, whose column
// cannot hold it, and fails for it where another plan finds no row.
func spurious(a answer) bool {
	return a.err != nil && a.err.Code == 1264 && strings.Contains(a.err.Message, "column '(null)'")
}

// unindexed asks plain MySQL again, without secondary indexes. They must not change an
// answer, and do: where a and b are NULL, MySQL 9.7 takes a = b AND a <=> b for true
// if it looks a up in an index. The statement's transaction ends by that.
func (f *fuzzer) unindexed(t *testing.T, s *fuzzsql.Statement) answer {
	t.Helper()
	indexes := f.plain.must(t, "SELECT DISTINCT table_name, index_name FROM information_schema.statistics WHERE table_schema = DATABASE() AND index_name <> 'PRIMARY'").rows
	alter := func(visibility string) {
		for _, i := range indexes {
			f.plain.must(t, fmt.Sprintf("ALTER TABLE `%s` ALTER INDEX `%s` %s", i[0], i[1], visibility))
		}
	}
	alter("INVISIBLE")
	defer alter("VISIBLE")
	return f.send(t, f.plain, s.String(), s.Prepared)
}

// send runs a statement; a broken connection is an error as any other, and is
// replaced.
func (f *fuzzer) send(t *testing.T, c *client, sql string, prepared bool) answer {
	t.Helper()
	var a answer
	var err error
	if prepared {
		marked, params := parametrize(sql)
		_, a, err = c.execute(marked, params)
		if err == nil && a.err != nil && a.err.Code == mysql.ErUnsupportedPS {
			a, err = c.query(sql)
		}
	} else {
		a, err = c.query(sql)
	}
	if err == nil {
		return a
	}
	_ = c.Close()
	at := plainServer(t)
	if c == f.proxy {
		at = proxyOf(wideCluster(t))
	}
	*c = *at.connect(t, f.variant)
	c.must(t, "USE "+f.schema)
	return answer{err: &mysql.Error{Code: mysql.ErUnknown, State: "HY000", Message: err.Error()}}
}

// judge lists the differences that count: how many warnings there are does not,
// and the message of an error may name another row.
func (f *fuzzer) judge(want, given answer, s *fuzzsql.Statement) []difference {
	if want.err != nil && given.err != nil && want.err.Code == given.err.Code {
		return nil
	}
	for _, e := range []*mysql.Error{want.err, given.err} {
		if e != nil && e.Code == 3024 { // took too long
			return nil
		}
	}
	var counted []difference
	for _, d := range compare(want, given, judgement{ordered: s.Ordered(), approximate: s.Rounded, scale: s.Prepared || chooses().MatchString(s.String())}) {
		if d.field != "warnings" && d.field != "info" && d.field != "columns" {
			counted = append(counted, d)
		}
	}
	return append(counted, compareKinds(want, given)...)
}

// chooses finds what has the value of one of its arguments, which may be an integer
// where another is a decimal.
func chooses() *regexp.Regexp {
	return regexp.MustCompile(`\b(CASE|IF|IFNULL|NULLIF|COALESCE|GREATEST|LEAST)\b`)
}

// compareKinds compares what the columns are called and what they are. How wide
// they are depends on whether a server had them in a temporary table.
func compareKinds(want, given answer) []difference {
	if len(want.results) != 1 || len(given.results) != 1 {
		return nil
	}
	columns := slices.Clone(want.results[0].columns)
	for i := range columns {
		// Where a query over an outer join that is a derived table shows one column
		// under two names, MySQL may call both of them by the second.
		if alias := fmt.Sprintf("c%d", i+1); i < len(given.results[0].columns) && given.results[0].columns[i].Name == alias {
			columns[i].Name = alias // as the statement has it
		}
	}
	w, g := kindsOf(columns), kindsOf(given.results[0].columns)
	if w != g {
		return []difference{{"columns", w, g}}
	}
	return nil
}

func kindsOf(columns []mysql.Column) string {
	var all []string
	for _, c := range columns {
		all = append(all, fmt.Sprintf("%s %s %v", c.Name, kindOf(c.Type), c.Flags&(mysql.FlagUnsigned|mysql.FlagEnum|mysql.FlagSet)))
	}
	return strings.Join(all, ", ")
}

// kindOf is a type without how much it holds.
func kindOf(t mysql.FieldType) string {
	switch t {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLongLong, mysql.TypeYear:
		return "integer"
	case mysql.TypeVarchar, mysql.TypeVarString, mysql.TypeString, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeBlob, mysql.TypeLongBlob:
		return "text"
	default:
		return fmt.Sprint(t)
	}
}

// tables compares the rows of tables.
func (f *fuzzer) tables(t *testing.T, names []string) []difference {
	var all []difference
	for _, name := range names {
		for _, d := range f.compare(t, &statement{sql: "SELECT * FROM " + name}, false) {
			if d.field == "rows" || d.field == "error" {
				d.field = "rows of " + name
				all = append(all, d)
			}
		}
	}
	return all
}

// shrink makes a case smaller and reports it.
func (f *fuzzer) shrink(t *testing.T, c *fuzzsql.Case, last *fuzzsql.Statement, v verdict) {
	t.Helper()
	end, first := time.Now().Add(shrinkTime), v.differences[0]
	shows := func() bool {
		again := f.step(t, last)
		if len(again.differences) == 0 || again.differences[0].field != first.field {
			return false
		}
		v = again
		return true
	}
	whole := func() bool {
		if time.Now().After(end) || f.setUp(c) != nil {
			return false
		}
		for _, s := range c.Alive() {
			if s == last {
				return shows()
			}
			if given := f.send(t, f.proxy, s.String(), s.Prepared); given.err == nil || !isRefusal(given.err) {
				f.send(t, f.plain, s.String(), s.Prepared)
			}
		}
		return false
	}
	found, before := first, v
	if !whole() {
		t.Errorf("seed %d over %d shards shows this only once: %s\n\t%v", c.Seed, f.shards, last, found)
		return
	}
	var quick func() bool
	if len(last.Writes) == 0 {
		quick = func() bool { return !time.Now().After(end) && shows() }
	}
	c.Shrink(last, whole, quick)
	if whole() {
		before = v
	}
	f.settle()
	t.Errorf("seed %d over %d shards: %v\n%s", c.Seed, f.shards, before.differences[0], c.Script())
}

// noise is what is left out of a refusal to have its reason.
var noise = regexp.MustCompile("`[^`]*`|'[^']*'|\\b[a-z]+[0-9]+(\\.[a-z0-9]+)?\\b|\\b[0-9]+\\b")

func reasonOf(message string) string { return noise.ReplaceAllString(message, "·") }

// report prints what ran and what was refused, most frequent first.
func (f *fuzzer) report(t *testing.T) {
	t.Helper()
	total, refused := 0, 0
	for _, n := range f.statements {
		total += n
	}
	reasons := slices.SortedFunc(maps.Keys(f.refusals), func(a, b string) int { return f.refusals[b] - f.refusals[a] })
	for _, r := range reasons {
		refused += f.refusals[r]
	}
	t.Logf("%d shards: %d statements (%v), %d refused, errors %v, seeds that differ: %v", f.shards, total, f.statements, refused, f.errors, f.failed)
	for _, r := range reasons {
		t.Logf("  refused %4d: %s\n\t\te.g. %s", f.refusals[r], r, f.samples[r])
	}
}

func wideCluster(t testing.TB) *cluster.Cluster { return cluster.Get(t, wide()) }
