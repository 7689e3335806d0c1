package plan

import "strings"

// chosen describes a change whose rows are chosen first.
func (d *Description) chosen(c *Chosen) {
	d.Op = strings.ToLower(c.Verb) + " of chosen rows"
	for i := range c.Changes {
		d.Targets = append(d.Targets, c.Changes[i].describe())
	}
	d.steps(c)
}

// otherwise describes what is done where a route needs several groups.
func (d *Description) otherwise(op Op) {
	switch op := op.(type) {
	case *Chosen:
		d.Notes = append(d.Notes, "over several groups its rows are chosen first")
		d.steps(op)
	case *Fed:
		d.Notes = append(d.Notes, "over several groups its rows are read first")
		d.reads(op.Read)
	case *Insert:
		d.Notes = append(d.Notes, "over several groups its values are read first")
		for _, read := range op.Compute {
			if read != nil {
				d.reads(read)
			}
		}
	}
}

// fed describes an INSERT of rows that are read first.
func (d *Description) fed(f *Fed) {
	d.insert(f.Insert)
	d.Op = strings.ToLower(f.Verb) + " of rows that are read"
	d.reads(f.Read)
}

// steps says what is read and what becomes of it.
func (d *Description) steps(c *Chosen) {
	d.reads(c.Read)
	for i := range c.Changes {
		change := &c.Changes[i]
		keys := make([]string, len(change.Key))
		for k, column := range change.Key {
			keys[k] = readName(column)
		}
		d.Each = strings.TrimPrefix(d.Each+"; "+change.Head.String()+strings.Join(keys, ", ")+", …"+change.Tail.String(), "; ")
	}
	if c.Judged {
		d.Notes = append(d.Notes, "MySQL is asked whether it may read what it changes")
	}
}

// reads describes the SELECT whose rows a write works on.
func (d *Description) reads(op Op) {
	inner := (&Plan{Op: op, Cacheable: true}).Describe()
	for _, t := range inner.Targets {
		d.Notes = append(d.Notes, "reads: "+t.Keyspace+", "+t.Shards)
	}
	text := inner.Each
	if text == "" {
		text = inner.One
	}
	d.Notes = append(d.Notes, "reads: "+text)
	for _, m := range inner.Merge {
		d.Notes = append(d.Notes, "reads: merge "+m)
	}
	for _, n := range inner.Notes {
		d.Notes = append(d.Notes, "reads: "+n)
	}
	for _, c := range inner.Collect {
		d.Notes = append(d.Notes, "reads: collect "+c)
	}
	if inner.Final != "" {
		d.Notes = append(d.Notes, "reads: final "+inner.Final)
	}
	if inner.Refusal != "" && inner.Final == "" {
		d.Notes = append(d.Notes, "reads: refused over several groups, "+inner.Refusal)
	}
}

func (c *KeyedChange) describe() TargetDescription {
	t := TargetDescription{Keyspace: c.Keyspace.Name, Shards: "each row where it lives", Why: "rows of " + c.Table.Name + " are named by their keys"}
	if c.Copies {
		t.Shards = "every shard"
	}
	return t
}
