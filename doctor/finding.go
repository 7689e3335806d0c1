package doctor

// Severity is how much a finding matters.
type Severity string

// The severities.
const (
	// Failed: data are in danger, or something will not work.
	Failed Severity = "failed"
	// Warning: it will matter one day.
	Warning Severity = "warning"
)

// Finding is something that is not as it should be.
type Finding struct {
	// Instance and Group are where; Group is empty for spares, and both for the
	// cluster as a whole. Table, as KEYSPACE.TABLE, is set of what is in etcd about one.
	Instance string `json:"instance,omitempty"`
	Group    string `json:"group,omitempty"`
	Table    string `json:"table,omitempty"`
	// Check names what was looked at, the same for all servers.
	Check    string   `json:"check"`
	Severity Severity `json:"severity"`
	// What is found, Why it matters, Mend is what to do about it.
	What string `json:"what"`
	Why  string `json:"why"`
	Mend string `json:"mend"`
	// Fix are statements that mend it on the server, if any do. Restart says
	// that they take effect at its next start only.
	Fix     []string `json:"fix,omitempty"`
	Restart bool     `json:"restart,omitempty"`
}

// Where names the place.
func (f Finding) Where() string {
	switch {
	case f.Instance != "":
		return f.Instance
	case f.Group != "":
		return "group " + f.Group
	case f.Table != "":
		return "table " + f.Table
	}
	return "cluster"
}
