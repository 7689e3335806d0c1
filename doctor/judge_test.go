package doctor

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/shardway/shardway/internal/testkit"
	"github.com/shardway/shardway/topology"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestJudge runs scripts: "judge" gets one line per server, sound unless words
// on its line say otherwise, and prints what is found.
func TestJudge(t *testing.T) {
	datadriven.RunTest(t, "testdata/judge", func(t *testing.T, d *datadriven.TestData) string {
		var servers []Server
		for n, line := range strings.Split(strings.TrimSpace(d.Input), "\n") {
			servers = append(servers, parseServer(t, d, n, strings.Fields(line)))
		}
		proxies := 1
		d.MaybeScanArgs(t, "proxies", &proxies)
		var b strings.Builder
		for _, f := range Judge(servers, proxies) {
			fmt.Fprintf(&b, "%s, %s %s: %s\n  why: %s\n  mend: %s\n", f.Severity, f.Where(), f.Check, f.What, f.Why, f.Mend)
			for _, fix := range f.Fix {
				fmt.Fprintf(&b, "  fix: %s\n", fix)
			}
		}
		if b.Len() == 0 {
			return "nothing\n"
		}
		return b.String()
	})
}

// sound is the variables of a server as it should be.
func sound(n int) map[string]string {
	v := map[string]string{
		"version": "9.7.4", "server_id": strconv.Itoa(n + 1), "server_uuid": fmt.Sprint("uuid-", n), "lower_case_table_names": "0",
		"max_connections": "500", "skip_replica_start": "ON", "binlog_expire_logs_seconds": "2592000",
		"rpl_semi_sync_source_timeout": "1000000000000000000", "replica_net_timeout": "8", "rpl_stop_replica_timeout": "30",
	}
	for _, s := range settings() {
		if _, set := v[s.name]; !set {
			v[s.name] = s.wanted
		}
	}
	v["rpl_semi_sync_replica_enabled"], v["clone_valid_donor_list"] = "ON", ""
	return v
}

// parseServer reads: id role group word…
func parseServer(t *testing.T, d *datadriven.TestData, n int, words []string) Server {
	t.Helper()
	s := Server{Instance: topology.Instance{ID: words[0], Role: topology.Role(words[1]), Group: strings.Trim(words[2], "-")}}
	s.Variables, s.Persisted = sound(n), map[string]string{}
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "down":
			s.Err = "connection refused"
		case "skew":
			s.Skew, _ = time.ParseDuration(value)
		case "slack":
			s.Slack, _ = time.ParseDuration(value)
		case "lacks":
			s.Account, s.Missing = "root@%", strings.Split(value, ",")
		case "retry":
			s.Replicates = true
			if _, err := fmt.Sscanf(value, "%d:%d", &s.RetrySeconds, &s.RetryCount); err != nil {
				d.Fatalf(t, "%s: %v", word, err)
			}
		case "without":
			delete(s.Variables, value)
		case "persisted":
			s.Persisted[value] = "ON"
		default:
			if _, known := s.Variables[name]; !known && name != "version_comment" {
				d.Fatalf(t, "unknown word %q", word)
			}
			s.Variables[name] = value
		}
	}
	return s
}
