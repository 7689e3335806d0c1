package playground

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/mysqld"
	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/internal/testkit/cluster"
)

// command runs "shardway playground" with the given arguments.
func command(t *testing.T, program, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, program, append([]string{"playground", "--dir", dir}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("playground %v: %v\n%s", args, err, out)
	}
	return string(out)
}

func stateOf(t *testing.T, program, dir string) State {
	t.Helper()
	var s State
	if err := json.Unmarshal([]byte(command(t, program, dir, "status", "-o", "json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s State) pids() []int {
	var pids []int
	for _, i := range s.Instances {
		pids = append(pids, i.PID)
	}
	for _, p := range s.Proxies {
		pids = append(pids, p.PID)
	}
	for _, c := range s.Controllers {
		pids = append(pids, c.PID)
	}
	return pids
}

// TestAPlaygroundRunsAndLeavesNothing starts one with its binary, as people do.
func TestAPlaygroundRunsAndLeavesNothing(t *testing.T) {
	program, dir := cluster.Program(t), filepath.Join(testkit.Dir(t), "p")
	mysqldPath, err := mysqld.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	start := []string{"--detach", "--groups", "1", "--replicas", "1", "--spares", "1", "--proxies", "2", "--controllers", "2", "--port", strconv.Itoa(freePort(t)), "--mysqld", mysqldPath.Path}
	command(t, program, dir, start...)
	t.Cleanup(func() { _ = exec.Command(program, "playground", "stop", "--dir", dir).Run() })
	first := stateOf(t, program, dir)
	if !first.Ready || len(first.Instances) != 3 || first.Instances[0].Role != "primary" || first.Instances[2].Role != "spare" || len(first.pids()) != 7 {
		t.Fatalf("state is %+v", first)
	}
	for _, p := range first.Proxies {
		db, err := open(p.Port, first.MySQL.User, first.MySQL.Password, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Ping(); err != nil {
			t.Errorf("proxy %s: %v", p.ID, err)
		}
		_ = db.Close()
	}
	shop := openShop(t, first)
	if _, err := shop.Exec("UPDATE settings SET value = 'CHF' WHERE name = 'currency'"); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := shop.QueryRow("SELECT COUNT(*) FROM customers").Scan(&n); err != nil || n != sampleCustomers {
		t.Errorf("%d customers, %v", n, err)
	}
	command(t, program, dir, "stop")
	for _, pid := range first.pids() {
		if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d still runs: %v", pid, err)
		}
	}
	l, err := load(t, Options{Dir: dir, Groups: -1, Replicas: -1, Spares: -1, Proxies: -1, Controllers: -1, Port: -1})
	if err != nil {
		t.Fatal("its ports are not free: ", err)
	}
	if !l.SampleLoaded {
		t.Error("it does not know that the sample is loaded")
	}

	command(t, program, dir, "--detach", "--mysqld", mysqldPath.Path)
	second := stateOf(t, program, dir)
	if second.MySQL != first.MySQL {
		t.Errorf("clients connect to %+v, before to %+v", second.MySQL, first.MySQL)
	}
	var value string
	if err := openShop(t, second).QueryRow("SELECT value FROM settings WHERE name = 'currency'").Scan(&value); err != nil || value != "CHF" {
		t.Errorf("after a restart the value is %q, %v", value, err)
	}
	// Killed, it takes everything with it.
	owner, err := holder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(owner, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(time.Minute)
	for _, pid := range second.pids() {
		for isRunning(pid) {
			select {
			case <-deadline:
				t.Fatalf("process %d outlives its owner", pid)
			case <-time.After(pollInterval):
			}
		}
	}
}

func openShop(t *testing.T, s State) *sql.DB {
	t.Helper()
	db, err := open(s.MySQL.Port, s.MySQL.User, s.MySQL.Password, sampleKeyspace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
