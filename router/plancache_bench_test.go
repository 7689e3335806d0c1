package router

import (
	"log/slog"
	"testing"

	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// benchSource has one keyspace on four shards, without servers.
func benchSource(b *testing.B) *topology.Source {
	b.Helper()
	ranges, err := topology.EvenRanges(4)
	must(b, err)
	ks := &topology.Keyspace{Name: "shop", Undeclared: topology.KindSingle, Tables: map[string]*topology.Table{
		"orders": {Name: "orders", Kind: topology.KindSharded, ShardKey: shardkey.Key{{Name: "customer_id", Type: "bigint"}}},
	}}
	for i, r := range ranges {
		ks.Shards = append(ks.Shards, topology.Shard{Range: r, Group: []string{"g1", "g2", "g3", "g4"}[i]})
	}
	source := topology.NewSource()
	source.Publish(&topology.Snapshot{Version: 1, Keyspaces: map[string]*topology.Keyspace{"shop": ks}})
	return source
}

// BenchmarkPlanCacheHit is what planning costs when the plan is cached: taking
// the literals out, finding the plan, and finding the groups that it goes to for
// these literals. Nothing is sent.
func BenchmarkPlanCacheHit(b *testing.B) {
	source := benchSource(b)
	schema := &plan.Schema{Tables: map[string]*plan.Table{"orders": {Name: "orders", Columns: []plan.Column{
		{Name: "id", Type: "bigint"}, {Name: "customer_id", Type: "bigint"}, {Name: "total", Type: "decimal(10,2)"}, {Name: "note", Type: "varchar(100)"},
	}}}}
	for _, c := range []struct{ name, sql string }{
		{"point", "SELECT id, total, note FROM orders WHERE customer_id = 4711 AND id = 12345678"},
		{"range", "SELECT id, total FROM orders WHERE customer_id = 4711 AND total BETWEEN 10.50 AND 99 ORDER BY id DESC LIMIT 20"},
		{"update", "UPDATE orders SET note = 'has been paid', total = total + 12.50 WHERE customer_id = 4711 AND id = 12345678"},
		{"all shards", "SELECT COUNT(*) FROM orders WHERE note = 'new' AND total > 100"},
	} {
		b.Run(c.name, func(b *testing.B) {
			conn := &connection{
				server: &Server{opts: Options{Environment: &exec.Environment{Topology: source}, Log: slog.New(slog.DiscardHandler)}, plans: newPlanCache(DefaultPlansMax)},
				exec:   &exec.Session{Keyspace: "shop"},
			}
			sql := []byte(c.sql)
			conn.scanner.Scan(sql, conn.mode, &conn.shape)
			stmt, text, row, err := conn.parse(sql)
			must(b, err)
			snap := source.Current()
			p, err := plan.Build(plan.Input{
				Text: text, Stmt: stmt, Row: row, Snapshot: snap, Keyspace: "shop",
				Schema: func(string) *plan.Schema { return schema },
			})
			must(b, err)
			if !p.Cacheable || conn.shape.Doubt {
				b.Fatal("the plan is not cached")
			}
			conn.server.plans.put(conn.appendKey(nil), &cachedPlan{plan: p, snapshot: snap})
			var room [8]string
			b.ReportAllocs()
			for b.Loop() {
				conn.scanner.Scan(sql, conn.mode, &conn.shape)
				conn.key = conn.appendKey(conn.key[:0])
				found := conn.server.plans.get(conn.key, source.Current(), 0)
				if found == nil {
					b.Fatal("no plan")
				}
				conn.args.SQL, conn.args.Shape = sql, &conn.shape
				placed, err := found.Op.(*plan.Route).Target.Groups(room[:0], &conn.args)
				if err != nil || len(placed.Groups) == 0 {
					b.Fatal(placed, err)
				}
			}
		})
	}
}
