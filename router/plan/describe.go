package plan

import (
	"strings"
)

// Description is a plan for people and programs: what the golden tests compare,
// and the answer to EXPLAIN FORMAT='shardway'.
type Description struct {
	// Op says what kind of statement it is: "read", "locking read", "write",
	// "insert", "create table" and so on.
	Op string `json:"op"`
	// Targets say which shards it needs.
	Targets []TargetDescription `json:"targets"`
	// One is what the group is sent if there is only one, Each what each of
	// several is sent; "as written" stands for the client's own text.
	One  string `json:"one,omitempty"`
	Each string `json:"each,omitempty"`
	// Merge says, step by step, how the answers of several groups become one.
	Merge []string `json:"merge,omitempty"`
	// Collect says, table by table, what is collected where several groups cannot
	// answer by themselves, and Final what is asked of what was collected.
	Collect []string `json:"collect,omitempty"`
	Final   string   `json:"final,omitempty"`
	// Refusal says why several groups cannot answer, or not by themselves.
	Refusal string `json:"refusal,omitempty"`
	// Notes are what else happens to the statement or the session.
	Notes []string `json:"notes,omitempty"`
	// Needs are the grants that the statement takes, "read on shop".
	Needs []string `json:"needs"`
}

// TargetDescription says which shards of a keyspace a part of a statement
// needs, and why.
type TargetDescription struct {
	Keyspace string `json:"keyspace"`
	Shards   string `json:"shards"`
	Why      string `json:"why,omitempty"`
}

// asWritten stands for the client's own bytes.
const asWritten = "as written"

// String prints the description, one fact a line.
func (p *Plan) String() string { return p.Describe().String() }

// Describe says what becomes of the statement.
func (p *Plan) Describe() *Description {
	d := &Description{Targets: []TargetDescription{}, Needs: []string{}}
	switch op := p.Op.(type) {
	case *Route:
		d.route(op)
	case *Into:
		d.route(op.Query)
		d.Notes = append(d.Notes, "the only row goes into @"+strings.Join(op.Variables, ", @"))
	case *Insert:
		d.insert(op)
	case *Indexed:
		d.indexed(op)
	case *Emptied:
		d.emptied(op)
	case *Fed:
		d.fed(op)
	case *Maintenance:
		d.maintenance(op)
	case *Load:
		d.load(op)
	case *Chosen:
		d.chosen(op)
	case *Definition:
		d.definition(op)
	case *KeyspaceChange:
		d.keyspaceChange(op)
	}
	if !p.Cacheable {
		d.Notes = append(d.Notes, "planned anew each time")
	}
	for _, n := range p.Needs {
		d.Needs = append(d.Needs, string(n.Grant)+" on "+n.Keyspace)
	}
	return d
}

// String prints the description, one fact a line.
func (d *Description) String() string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			b.WriteString(name + ": " + text + "\n")
		}
	}
	line("op", d.Op)
	for _, t := range d.Targets {
		line("target", t.Keyspace+", "+t.Shards)
		line("why", t.Why)
	}
	line("one", d.One)
	line("each", d.Each)
	for _, m := range d.Merge {
		line("merge", m)
	}
	reason := "refused over several groups"
	if d.Final != "" {
		reason = "collected over several groups"
	}
	line(reason, d.Refusal)
	for _, c := range d.Collect {
		line("collect", c)
	}
	line("final", d.Final)
	for _, n := range d.Notes {
		line("note", n)
	}
	line("needs", strings.Join(d.Needs, ", "))
	return b.String()
}

func (d *Description) route(r *Route) {
	switch r.Access {
	case AccessRead:
		d.Op = "read"
	case AccessLock:
		d.Op = "read on the primary"
	case AccessWrite:
		d.Op = "write"
	}
	for i := range r.Target.Parts {
		d.Targets = append(d.Targets, r.Target.Parts[i].describe())
	}
	d.One = sent(r.One)
	if r.Scatter != nil {
		d.Each = sent(r.Scatter.Text)
		d.scatter(r.Scatter)
	}
	d.Refusal = r.Refusal
	switch {
	case r.Partial != nil:
		d.Each = sent(r.Partial.Scatter.Text)
		d.scatter(r.Partial.Scatter)
		d.Final = r.Partial.Final.String()
		d.Notes = append(d.Notes, "only the combined rows are collected, in "+r.Partial.Name)
	case r.Gather != nil:
		d.gather(r.Gather)
	}
	if r.Otherwise != nil {
		d.Refusal = ""
		d.otherwise(r.Otherwise)
	}
	if len(r.Target.Parts) == 0 {
		d.Targets = append(d.Targets, TargetDescription{Keyspace: "no keyspace", Shards: "any group"})
	}
	if r.FixClock && (r.Scatter != nil || r.Gather != nil) {
		d.Notes = append(d.Notes, "several groups are told what time it is")
	}
	if r.Pins != "" {
		d.Notes = append(d.Notes, "the session keeps its connection: "+r.Pins)
	}
}

func (d *Description) gather(g *Gather) {
	for i := range g.Tables {
		t := &g.Tables[i]
		text := t.Name + " from " + t.Target.String() + ": " + t.Fetch.String() + t.Lock
		for _, r := range t.Reduce {
			text += "; only where " + r.Column + " is a " + r.OfColumn + " of " + g.Tables[r.Of].Name
		}
		d.Collect = append(d.Collect, text)
	}
	d.Final = g.Final.String()
}

func sent(t *Template) string {
	if t == nil {
		return asWritten
	}
	return t.String()
}

func (d *Description) scatter(s *Scatter) {
	switch {
	case s.Merge != nil:
		d.Merge = s.Merge.describe()
	case s.Copies:
		d.Merge = []string{"every group does the same; the first one's counts are shown"}
	default:
		d.Merge = []string{"all or nothing on every group; the counts are added up"}
	}
}

func (d *Description) insert(i *Insert) {
	d.Op = "insert"
	t := TargetDescription{Keyspace: i.Keyspace.Name, Shards: "each row on the shard of its key", Why: i.Table.Name + " is sharded by " + names(i.Table.ShardKey)}
	switch {
	case i.Copies:
		t.Shards, t.Why = "every row on every shard", i.Table.Name+" is a reference table"
	case len(i.Key) == 0:
		t.Shards, t.Why = "the first shard", "all rows of "+i.Table.Name+" are there"
	}
	d.Targets = append(d.Targets, t)
	rows := make([]string, 0, len(i.Rows))
	for _, row := range i.Rows {
		values := make([]string, 0, len(row))
		for _, v := range row {
			values = append(values, v.Text.String())
		}
		if i.AutoAdded {
			values = append(values, ":next "+i.Table.Sequence)
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	if i.Folded {
		rows = append(rows, "…")
	}
	d.Each = i.Head.String() + strings.Join(rows, ", ") + i.Tail.String()
	for k := range i.Index {
		d.Notes = append(d.Notes, "first "+i.Index[k].Head+"… in the same transaction: it keeps the unique key "+i.Index[k].Name)
	}
	for _, read := range i.Compute {
		if read != nil {
			d.reads(read)
		}
	}
	switch {
	case i.Auto < 0:
	case i.AutoUnsafe:
		d.Notes = append(d.Notes, "the sequence gives "+i.Table.Sequence+"; a value of the client's own that the sequence has passed is looked for on every group")
	default:
		d.Notes = append(d.Notes, "the sequence gives "+i.Table.Sequence)
	}
}

func (d *Description) definition(f *Definition) {
	d.Op = strings.ToLower(f.Verb)
	d.Targets = append(d.Targets, TargetDescription{Keyspace: f.Keyspace.Name, Shards: "every group, the first one alone, then the others at once"})
	d.Each = asWritten
	if f.Text != nil {
		d.Each = string(f.Text)
	}
	if c := f.Create; c != nil {
		d.Notes = append(d.Notes, c.describe()...)
	}
	for _, table := range f.Drops {
		d.Notes = append(d.Notes, "the declaration of "+table+" goes with it")
	}
}

func (d *Description) keyspaceChange(k *KeyspaceChange) {
	d.Op = "create keyspace"
	shards := "one on each group of the default placement"
	if k.Drop {
		d.Op, shards = "drop keyspace", "every shard"
	}
	d.Targets = append(d.Targets, TargetDescription{Keyspace: k.Name, Shards: shards})
}
