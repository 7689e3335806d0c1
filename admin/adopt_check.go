package admin

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/shardway/shardway/topology"
)

// The results of a check.
const (
	CheckOK      = "ok"
	CheckWarning = "warning" // it can be adopted, but this will matter
	CheckFailed  = "failed"  // it cannot be adopted like this
)

// namedMax is how many names a message lists before it only counts.
const namedMax = 10

// Check is one thing that a server must have or be to be adopted.
type Check struct {
	Name    string `json:"name"`
	Result  string `json:"result"`
	Message string `json:"message"`
	// Hint says what to do about it.
	Hint string `json:"hint,omitempty"`
}

// checks is a list of checks being made.
type checks []Check

func (l *checks) add(name, result, message, hint string) {
	if result == CheckOK {
		hint = ""
	}
	*l = append(*l, Check{Name: name, Result: result, Message: message, Hint: hint})
}

// require adds a check that is failed unless ok.
func (l *checks) require(name string, ok bool, message, hint string) {
	result := CheckFailed
	if ok {
		result = CheckOK
	}
	l.add(name, result, message, hint)
}

// advise adds a check that is a warning unless ok.
func (l *checks) advise(name string, ok bool, message, hint string) {
	result := CheckWarning
	if ok {
		result = CheckOK
	}
	l.add(name, result, message, hint)
}

// judge says whether a server can be adopted. It is pure.
func judge(f facts, snap *topology.Snapshot, a Adoption) []Check {
	var l checks
	l.server(f)
	l.gtid(f, a)
	l.binlog(f)
	l.tables(f)
	l.names(f, snap, a)
	l.replication(f)
	l.require("privileges", len(f.missing) == 0,
		orElse(len(f.missing) == 0, f.account+" may do all that is needed", f.account+" lacks "+strings.Join(f.missing, ", ")),
		fmt.Sprintf("log in as an administrator, or run: GRANT ALL ON *.* TO %s WITH GRANT OPTION", quoteAccount(f.account)))
	return l
}

func (l *checks) server(f facts) {
	version := f.variables["version"]
	isMariaDB := strings.Contains(strings.ToLower(version+f.variables["version_comment"]), "mariadb")
	l.require("version", !isMariaDB && atLeast(version, 8, 0, 30), "version "+version, "MySQL 8.0.30 or later is needed; upgrade first")
	l.require("server_id", f.variables["server_id"] != "0", "server_id is "+f.variables["server_id"],
		"set a server_id that no other server has, in the server's configuration and with SET PERSIST server_id")
	l.advise("lower_case_table_names", f.variables["lower_case_table_names"] == "0",
		"lower_case_table_names is "+f.variables["lower_case_table_names"],
		"Shardway tells names apart by case; every server of the cluster must have the same setting")
	closed := f.variables["read_only"] == "ON" || f.variables["offline_mode"] == "ON"
	l.advise("writable", !closed, orElse(closed, "the server is read_only or offline", "the server takes writes"),
		"the controller opens the server as a primary")
}

// atLeast compares the beginning of a version such as "8.0.36-log".
func atLeast(version string, wanted ...int) bool {
	for i, part := range strings.SplitN(version, ".", len(wanted)) {
		digits := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if digits >= 0 {
			part = part[:digits]
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < wanted[i] {
			return false
		}
		if n > wanted[i] {
			return true
		}
	}
	return true
}

func (l *checks) gtid(f facts, a Adoption) {
	mode, consistency := f.variables["gtid_mode"], f.variables["enforce_gtid_consistency"]
	message := fmt.Sprintf("gtid_mode is %s, enforce_gtid_consistency is %s", mode, consistency)
	if mode == "ON" && consistency == "ON" {
		l.add("gtid", CheckOK, message, "")
		return
	}
	var statements []string
	for _, s := range gtidSteps(mode) {
		statements = append(statements, s.statement)
	}
	if !a.EnableGTID {
		l.add("gtid", CheckFailed, message, "say --enable-gtid, or run, one after the other: "+strings.Join(statements, "; "))
		return
	}
	if f.replicas > 0 {
		l.add("gtid", CheckFailed, message+", and other servers replicate from it",
			"each step must be taken on every server before the next one is: "+strings.Join(statements, "; "))
		return
	}
	l.add("gtid", CheckWarning, message, "it will be turned on, online")
}

func (l *checks) binlog(f facts) {
	l.require("log_bin", f.variables["log_bin"] == "ON", "log_bin is "+f.variables["log_bin"],
		"start the server with log_bin (without --skip-log-bin or --disable-log-bin)")
	if format, has := f.variables["binlog_format"]; has {
		l.require("binlog_format", format == "ROW", "binlog_format is "+format,
			"SET PERSIST binlog_format = ROW, and let clients connect anew")
	}
	image := f.variables["binlog_row_image"]
	l.require("binlog_row_image", image == "FULL", "binlog_row_image is "+image,
		"SET PERSIST binlog_row_image = FULL, and let clients connect anew")
	updates := f.variables["log_replica_updates"]
	l.require("log_replica_updates", updates == "ON", "log_replica_updates is "+updates,
		"start the server with log_replica_updates=ON")
	schema := f.variables["performance_schema"]
	l.require("performance_schema", schema == "ON", "performance_schema is "+schema,
		"start the server with performance_schema=ON: without it a server does not list its sessions")
}

func (l *checks) tables(f facts) {
	l.require("engine", len(f.foreign) == 0,
		orElse(len(f.foreign) == 0, "all tables are InnoDB's", "not InnoDB: "+named(f.foreign)),
		"ALTER TABLE … ENGINE = InnoDB, or drop them")
	l.advise("primary keys", len(f.keyless) == 0,
		orElse(len(f.keyless) == 0, "all tables have a primary key", "without a primary key: "+named(f.keyless)),
		"replication is slow without them and such tables cannot be moved later: add one")
}

func (l *checks) names(f facts, snap *topology.Snapshot, a Adoption) {
	resumed := isAdopted(snap, a)
	if !resumed {
		l.require("reserved names", len(f.reserved) == 0,
			orElse(len(f.reserved) == 0, "no schema has a name of Shardway's own", "schemas of Shardway's own: "+named(f.reserved)),
			"the server has been under Shardway before: if nothing there still uses it, drop these schemas")
		l.require("group", snap.Groups[a.Group] == nil,
			orElse(snap.Groups[a.Group] == nil, "group "+a.Group+" is new", "there is already a group "+a.Group), "choose another id")
		l.require("instance", snap.Instances[a.Instance] == nil,
			orElse(snap.Instances[a.Instance] == nil, "instance "+a.Instance+" is new", "there is already an instance "+a.Instance), "choose another id")
	}
	for _, name := range wantedSchemas(f, a) {
		k := snap.Keyspaces[name]
		switch {
		case !slices.Contains(f.schemas, name):
			l.add("schema", CheckFailed, fmt.Sprintf("there is no schema %s on the server", name), "name one that is there")
		case topology.CheckKeyspaceName(name) != nil:
			l.add("schema", CheckFailed, topology.CheckKeyspaceName(name).Error(),
				"rename the schema, or name the ones to take with --keyspaces")
		case k != nil && (!resumed || !slices.Equal(k.Groups(), []string{a.Group})):
			l.add("schema", CheckFailed, fmt.Sprintf("there is already a keyspace %s", name),
				"rename the schema, or name the ones to take with --keyspaces")
		}
	}
	if left := len(f.schemas) - len(wantedSchemas(f, a)); left > 0 {
		l.add("schema", CheckWarning, fmt.Sprintf("%d schemas are not taken", left), "they stay on the server and no proxy serves them")
	}
}

func (l *checks) replication(f facts) {
	l.require("source", f.source == "",
		orElse(f.source == "", "it replicates from nobody", "it replicates from "+f.source),
		"adopt its source, or end its replication: STOP REPLICA; RESET REPLICA ALL")
	l.advise("replicas", f.replicas == 0, fmt.Sprintf("%d servers replicate from it", f.replicas),
		"they go on as they are, but Shardway neither reads from them nor promotes them")
	l.advise("prepared transactions", f.prepared == 0, fmt.Sprintf("%d XA transactions wait for a decision", f.prepared),
		"XA RECOVER lists them; commit or roll them back")
}

// quoteAccount writes user@host as a statement names it.
func quoteAccount(account string) string {
	at := max(strings.LastIndexByte(account, '@'), 0)
	return fmt.Sprintf("'%s'@'%s'", account[:at], strings.TrimPrefix(account[at:], "@"))
}

func orElse(ok bool, yes, no string) string {
	if ok {
		return yes
	}
	return no
}

// named lists names, as many as a reader can take in.
func named(names []string) string {
	if len(names) <= namedMax {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:namedMax], ", "), len(names)-namedMax)
}
