package workload

import (
	"database/sql"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
	"github.com/shardway/shardway/internal/tpcc"
)

// How large a run of TPC-C is; the defaults fit into make test.
var (
	tpccTime       = flag.Duration("tpcc-time", 10*time.Second, "how long the terminals of TPC-C work")
	tpccWarehouses = flag.Int("tpcc-warehouses", 8, "how many warehouses TPC-C has")
	tpccItems      = flag.Int("tpcc-items", 500, "how many items; 100000 are specified")
	tpccCustomers  = flag.Int("tpcc-customers", 30, "how many customers a district has; 3000 are specified")
)

func tpccOptions(terminals int, work time.Duration) tpcc.Options {
	return tpcc.Options{
		Warehouses: *tpccWarehouses, Items: *tpccItems, Customers: *tpccCustomers, Seed: 1, Terminals: terminals, Time: work,
	}
}

// TestTPCCOnPlainMySQL: the workload itself keeps its conditions, so that what
// breaks them elsewhere is not the workload.
func TestTPCCOnPlainMySQL(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	runTPCC(t, tpccOptions(8, min(*tpccTime, 2*time.Second)), server.Config(server.Schema(t)), nil)
}

// TestTPCC: 16 clients on 4 shards, of whom many write on two or more; the
// twelve conditions hold, no error but those that one MySQL gives.
func TestTPCC(t *testing.T) {
	c := cluster.Get(t, wide())
	ks := c.Keyspace(t, cluster.Keyspace{Shards: 4})
	var shards []*sql.DB
	for _, s := range c.Servers {
		shards = append(shards, s.DB(t, ks))
	}
	if result := runTPCC(t, tpccOptions(16, *tpccTime), c.Config(ks), shards); result.Remote == 0 {
		t.Error("no transaction wrote in two warehouses")
	}
}

// runTPCC loads, runs and checks. Half of the load's statements are text, the
// terminals' are prepared or, with interpolation, text.
//
// The twelve conditions are tried on a good and on a broken database by
// TestConditionsFindWhatIsBroken.
func runTPCC(t *testing.T, o tpcc.Options, config *driver.Config, shards []*sql.DB) tpcc.Result {
	t.Helper()
	db := testkit.Open(t, config)
	load(t, tpccTables(), o.Rows, db)
	checkConditions(t, o, db, shards)
	text := config.Clone()
	text.InterpolateParams = true
	half := o
	half.Time /= 2
	var all tpcc.Result
	for i, side := range []*sql.DB{db, testkit.Open(t, text)} {
		half.Seed = o.Seed + uint64(i)
		result, err := half.Run(t.Context(), side)
		if err != nil {
			t.Fatal(err)
		}
		all.NewOrders += result.NewOrders
		all.Paid += result.Paid
		all.Remote += result.Remote
		t.Logf("%s: %v, %d tried again, %d in two warehouses, slowest %s", []string{"prepared", "text"}[i], result.Done, result.Retried, result.Remote, result.Slowest)
	}
	checkConditions(t, o, db, shards)
	checkAcknowledged(t, o, db, all)
	return all
}

// checkConditions asks through db, and the servers themselves for what each
// can know.
func checkConditions(t *testing.T, o tpcc.Options, db *sql.DB, shards []*sql.DB) {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range o.Conditions() {
		where := map[string]*sql.DB{"together": db}
		if c.Local {
			for i, shard := range shards {
				where[fmt.Sprintf("server %d", i)] = shard
			}
		}
		for name, side := range where {
			broken, err := textOf(side, c.Query)
			switch {
			case err != nil:
				t.Errorf("condition %d, %s: %v", c.Number, name, err)
			case len(broken) > 1:
				t.Errorf("condition %d, %s: %s does not hold:\n\t%s", c.Number, name, c.Text, strings.Join(broken[:min(len(broken), 10)], "\n\t"))
			}
		}
	}
}

// checkAcknowledged: what was said to be committed is there, once.
func checkAcknowledged(t *testing.T, o tpcc.Options, db *sql.DB, r tpcc.Result) {
	t.Helper()
	var orders, paid int
	var sum string
	if err := db.QueryRow("SELECT SUM(d_next_o_id), SUM(d_ytd) FROM district").Scan(&orders, &sum); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(strings.Replace(sum, ".", "", 1), &paid); err != nil {
		t.Fatal(err)
	}
	const districts = 10
	if want := o.Warehouses*districts*(o.Customers+1) + r.NewOrders; orders != want {
		t.Errorf("the districts' next orders add up to %d, %d were acknowledged", orders, want)
	}
	if want := o.Warehouses*districts*o.Customers*1000 + r.Paid; paid != want {
		t.Errorf("%d cents are paid, %d were acknowledged", paid, want)
	}
}

// breaks are statements of which each breaks the condition of its number.
func breaks() map[int]string {
	return map[int]string{
		1:  "UPDATE district SET d_ytd = d_ytd + 0.01 WHERE d_w_id = 1 AND d_id = 3",
		2:  "UPDATE district SET d_next_o_id = d_next_o_id + 1 WHERE d_w_id = 1 AND d_id = 3",
		3:  "DELETE FROM new_order WHERE no_w_id = 1 AND no_d_id = 3 AND no_o_id = 25",
		4:  "DELETE FROM order_line WHERE ol_w_id = 1 AND ol_d_id = 3 AND ol_o_id = 1 AND ol_number = 1",
		5:  "UPDATE orders SET o_carrier_id = NULL WHERE o_w_id = 1 AND o_d_id = 3 AND o_id = 1",
		6:  "DELETE FROM order_line WHERE ol_w_id = 1 AND ol_d_id = 3 AND ol_o_id = 1",
		7:  "UPDATE order_line SET ol_delivery_d = NULL WHERE ol_w_id = 1 AND ol_d_id = 3 AND ol_o_id = 1 AND ol_number = 1",
		8:  "UPDATE warehouse SET w_ytd = w_ytd - 0.01 WHERE w_id = 1",
		9:  "DELETE FROM history WHERE h_w_id = 1 AND h_d_id = 3 LIMIT 1",
		10: "UPDATE customer SET c_balance = c_balance + 0.01 WHERE c_w_id = 1 AND c_d_id = 3 AND c_id = 7",
		11: "DELETE FROM new_order WHERE no_w_id = 1 AND no_d_id = 3",
		12: "UPDATE customer SET c_ytd_payment = c_ytd_payment + 0.01 WHERE c_w_id = 1 AND c_d_id = 3 AND c_id = 7",
	}
}

// TestConditionsFindWhatIsBroken: each of the twelve holds of the first rows,
// and finds a row that breaks it.
func TestConditionsFindWhatIsBroken(t *testing.T) {
	server := testkit.Server(t, testkit.Options{})
	db := server.DB(t, server.Schema(t))
	db.SetMaxOpenConns(1)
	o := tpcc.Options{Warehouses: 1, Items: 100, Customers: 30, Seed: 1}
	load(t, tpccTables(), o.Rows, db)
	checkConditions(t, o, db, nil)
	for _, c := range o.Conditions() {
		testkit.Exec(t, db, "BEGIN", breaks()[c.Number])
		broken, err := textOf(db, c.Query)
		if err != nil || len(broken) != 2 {
			t.Errorf("condition %d finds %v, %v", c.Number, broken, err)
		}
		testkit.Exec(t, db, "ROLLBACK")
	}
}

func tpccTables() []table {
	var all []table
	for _, x := range tpcc.Tables() {
		all = append(all, table{x.Name, x.Create})
	}
	return all
}
