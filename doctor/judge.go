package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shardway/shardway/topology"
)

const (
	// skewMax is how far clocks may be apart.
	skewMax = time.Second
	// poolConnections is what a proxy opens to one server at most,
	// controlConnections what controllers and operators need.
	poolConnections    = 90
	controlConnections = 20
	// retrySecondsMax and retryCountMin are how a replica looks for its source.
	retrySecondsMax = 10
	retryCountMin   = 1000
)

// Judge says what is wrong with the servers of a cluster that so many proxies
// connect to, the worst first.
func Judge(servers []Server, proxies int) []Finding {
	j := &judge{members: make(map[string]int)}
	for _, s := range servers {
		j.members[s.Group]++
	}
	for n := range servers {
		s := &servers[n]
		if s.Err != "" {
			j.add(s, Finding{Check: "reachable", Severity: Failed, What: "it does not answer: " + s.Err, Why: "nothing can be checked there", Mend: "start it, or check address and account"})
			continue
		}
		j.version(s)
		j.settings(s)
		j.boot(s)
		j.retry(s)
		j.privileges(s)
		j.clock(s)
		j.connections(s, proxies)
	}
	j.identities(servers)
	j.alike(servers)
	slices.SortStableFunc(j.found, func(a, b Finding) int {
		if a.Severity != b.Severity {
			return strings.Compare(string(a.Severity), string(b.Severity)) // failed before warning
		}
		return strings.Compare(a.Where(), b.Where())
	})
	return j.found
}

type judge struct {
	found []Finding
	// members counts the servers of each group.
	members map[string]int
}

// replicates reports whether a server is a member of a group with replicas. One
// that is alone is left with the settings it has, and open at its start.
func (j *judge) replicates(s *Server) bool {
	return s.Role != topology.RoleSpare && j.members[s.Group] > 1
}

func (j *judge) add(s *Server, f Finding) {
	f.Instance, f.Group = s.ID, s.Group
	j.found = append(j.found, f)
}

func (j *judge) version(s *Server) {
	version := s.Variables["version"]
	maria := strings.Contains(strings.ToLower(version+s.Variables["version_comment"]), "mariadb")
	if v := parseVersion(version); maria || v.less([3]int{8, 0, 30}) {
		j.add(s, Finding{Check: "version", Severity: Failed, What: "it is version " + version, Why: "Shardway needs MySQL 8.0.30 or later", Mend: "upgrade it"})
	}
}

func (j *judge) settings(s *Server) {
	for _, want := range settings() {
		value, there := s.Variables[want.name]
		if there && want.good(value) || !there && want.optional || want.replicated && !j.replicates(s) {
			continue
		}
		f := Finding{
			Check: want.check, Severity: want.severity, Why: want.why, Restart: want.restart,
			What: fmt.Sprintf("%s is %s, not %s", want.name, value, want.wanted),
			Mend: fmt.Sprintf("set %s to %s in its configuration and restart it", want.name, want.wanted),
		}
		switch {
		case !there:
			f.What = fmt.Sprintf("it has no %s", want.name)
			f.Mend = "the controller loads the plugin when the server is in a group with replicas; 'shardway status' says what keeps it"
		case want.to != "" && want.restart:
			f.Fix = []string{fmt.Sprintf("SET PERSIST_ONLY %s = %s", want.name, want.to)}
			f.Mend = "--fix has it set from the next start on; restart it then"
		case want.to != "":
			f.Fix = []string{fmt.Sprintf("SET PERSIST %s = %s", want.name, want.to)}
			f.Mend = fmt.Sprintf("--fix sets it to %s, for good", want.to)
		}
		j.add(s, f)
	}
}

// boot checks that a member starts closed. A configuration that starts none of
// its replication by itself is taken to be made for that.
func (j *judge) boot(s *Server) {
	if !j.replicates(s) {
		return
	}
	var open []string
	for _, name := range []string{"offline_mode", "super_read_only", "skip_replica_start"} {
		configured := s.Variables["skip_replica_start"] == "ON" && s.Persisted["skip_replica_start"] == ""
		if !configured && s.Persisted[name] != "ON" && s.Persisted[name] != "1" {
			open = append(open, name)
		}
	}
	if len(open) == 0 {
		return
	}
	var fix []string
	for _, name := range open {
		fix = append(fix, fmt.Sprintf("SET PERSIST_ONLY %s = ON", name))
	}
	j.add(s, Finding{
		Check: "starts closed", Severity: Failed, What: "it does not start with " + strings.Join(open, ", "),
		Why: "a former primary that restarts would take writes before a controller has looked at it", Mend: "--fix sets that for its next start", Fix: fix,
	})
}

func (j *judge) retry(s *Server) {
	if !s.Replicates || s.RetrySeconds <= retrySecondsMax && s.RetryCount >= retryCountMin {
		return
	}
	j.add(s, Finding{
		Check: "replica retry", Severity: Warning, What: fmt.Sprintf("it looks for its source every %d s, %d times", s.RetrySeconds, s.RetryCount),
		Why: "it gives up while its primary is away", Mend: "--fix sets a second and a day",
		Fix: []string{"STOP REPLICA IO_THREAD", "CHANGE REPLICATION SOURCE TO SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 86400", "START REPLICA IO_THREAD"},
	})
}

func (j *judge) privileges(s *Server) {
	if len(s.Missing) > 0 {
		j.add(s, Finding{
			Check: "privileges", Severity: Failed, What: fmt.Sprintf("the administrator's account %s lacks %s", s.Account, strings.Join(s.Missing, ", ")),
			Why: "the controller will fail when it needs that", Mend: "GRANT ALL ON *.* TO that account WITH GRANT OPTION",
		})
	}
}

func (j *judge) clock(s *Server) {
	if skew := max(s.Skew, -s.Skew); skew-s.Slack > skewMax {
		j.add(s, Finding{
			Check: "clock", Severity: Warning, What: fmt.Sprintf("its clock differs from the controller's by %s", s.Skew),
			Why: "NOW() differs between primaries, and lag in seconds means little", Mend: "let both hosts follow one time source",
		})
	}
}

func (j *judge) connections(s *Server, proxies int) {
	needed := max(1, proxies)*poolConnections + controlConnections
	if most, err := strconv.Atoi(s.Variables["max_connections"]); err == nil && most < needed {
		j.add(s, Finding{
			Check: "max_connections", Severity: Warning, What: fmt.Sprintf("max_connections is %d", most),
			Why:  fmt.Sprintf("%d proxies open up to %d connections each, and controllers need some: clients would wait or fail", max(1, proxies), poolConnections),
			Mend: fmt.Sprintf("--fix sets it to %d, for good", needed), Fix: []string{fmt.Sprintf("SET PERSIST max_connections = %d", needed)},
		})
	}
}

// identities finds servers that take themselves for another one.
func (j *judge) identities(servers []Server) {
	for _, name := range []string{"server_id", "server_uuid"} {
		by := make(map[string]*Server)
		for n := range servers {
			s := &servers[n]
			value := s.Variables[name]
			if s.Err != "" {
				continue
			}
			f := Finding{
				Check: "identity", Severity: Failed, Why: "two servers of one identity throw each other out as replicas, and each skips the other's transactions",
				Mend: "give it a server_id of its own in its configuration",
			}
			if name == "server_uuid" {
				f.Mend = "stop it, remove auto.cnf from its data folder, and start it"
			}
			switch other := by[value]; {
			case name == "server_id" && value == "0":
				f.What = "its server_id is 0"
				j.add(s, f)
			case other != nil:
				f.What = fmt.Sprintf("its %s is that of %s: %s", name, other.ID, value)
				j.add(s, f)
			default:
				by[value] = s
			}
		}
	}
}

// alike finds servers that differ where they must not: names over the cluster,
// versions within a group.
func (j *judge) alike(servers []Server) {
	var first *Server
	primaries := make(map[string]*Server)
	for n := range servers {
		if s := &servers[n]; s.Err == "" && s.Role == topology.RolePrimary {
			primaries[s.Group] = s
		}
	}
	for n := range servers {
		s := &servers[n]
		if s.Err != "" {
			continue
		}
		if first == nil {
			first = s
		}
		if value := s.Variables["lower_case_table_names"]; value != first.Variables["lower_case_table_names"] {
			j.add(s, Finding{
				Check: "names", Severity: Failed, What: fmt.Sprintf("lower_case_table_names is %s, and %s on %s", value, first.Variables["lower_case_table_names"], first.ID),
				Why: "a name would be one table here and another there", Mend: "it is chosen when a server is initialised: make this server anew",
			})
		}
		j.versions(s, primaries[s.Group])
	}
}

func (j *judge) versions(s, primary *Server) {
	if primary == nil || s == primary {
		return
	}
	here, there := parseVersion(s.Variables["version"]), parseVersion(primary.Variables["version"])
	switch {
	case here.less(there):
		j.add(s, Finding{
			Check: "version mix", Severity: Failed, What: fmt.Sprintf("it is older than its primary: %s after %s", s.Variables["version"], primary.Variables["version"]),
			Why: "it may not understand what the primary writes", Mend: "upgrade it; replicas are upgraded before their primary",
		})
	case there.less(here):
		j.add(s, Finding{
			Check: "version mix", Severity: Warning, What: fmt.Sprintf("it is newer than its primary: %s after %s", s.Variables["version"], primary.Variables["version"]),
			Why: "once it is promoted the older ones cannot follow it safely", Mend: "finish the upgrade: the other replicas, then a switchover, then the old primary",
		})
	}
}

// version is the three numbers of one.
type version [3]int

// parseVersion reads the beginning of a version such as "8.0.36-log".
func parseVersion(text string) version {
	var v version
	for n, part := range strings.SplitN(text, ".", len(v)) {
		digits := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if digits >= 0 {
			part = part[:digits]
		}
		v[n], _ = strconv.Atoi(part) // what is not a number is older than any
	}
	return v
}

func (v version) less(other version) bool { return slices.Compare(v[:], other[:]) < 0 }
