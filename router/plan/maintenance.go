package plan

import (
	"strings"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// Maintenance is ANALYZE, CHECK, OPTIMIZE or REPAIR TABLE, which every group of
// the keyspace carries out on its own part of the tables.
type Maintenance struct {
	Keyspace *topology.Keyspace
}

func (*Maintenance) op() {}

func (d *Description) maintenance(m *Maintenance) {
	d.Op = "maintenance"
	d.Targets = append(d.Targets, TargetDescription{Keyspace: m.Keyspace.Name, Shards: "every group"})
}

// BuildMaintenance plans ANALYZE, CHECK, OPTIMIZE or REPAIR of tables. It returns
// nil if they are all on one group, which is asked as it is.
func BuildMaintenance(in Input, tables []parser.QualifiedName) (*Plan, error) {
	b := newBuilder(in)
	var ks *topology.Keyspace
	for _, t := range tables {
		name := t.Schema
		if name == "" {
			name = in.Keyspace
		}
		of := in.Snapshot.Serving(name)
		if of == nil {
			return nil, nil // MySQL says what is wrong
		}
		if strings.HasPrefix(strings.ToLower(t.Name), topology.HiddenPrefix) {
			return nil, ownTableDenied(t.Name)
		}
		if ks != nil && ks != of {
			return nil, notSupported("a statement about tables of %s and %s is not supported; write one for each keyspace", ks.Name, of.Name)
		}
		ks = of
	}
	if ks == nil || !spread(ks) {
		return nil, nil
	}
	b.need(ks.Name, topology.GrantDDL)
	p := &Plan{Op: &Maintenance{Keyspace: ks}}
	for name, grant := range b.needs {
		p.Needs = append(p.Needs, Need{Keyspace: name, Grant: grant})
	}
	return p, nil
}
