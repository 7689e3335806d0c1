package plan

import (
	"strings"

	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/topology"
)

// judgement is what a stored program's body touches on a keyspace of several
// groups.
type judgement struct {
	b      *builder
	ks     *topology.Keyspace
	schema *Schema
	// why is why the body cannot be executed on one group; empty if it can.
	why string
	// single: it touches single tables, which are on the group of token 0.
	// writes: it may change tables. tables: it touches any.
	single, writes, tables bool
	// random: it may give another result on each group.
	random bool
	depth  int
}

// programsDeep bounds the nesting of stored programs that is followed.
const programsDeep = 8

// judge reads a body: as too much rather than too little.
func (b *builder) judge(ks *topology.Keyspace, r *Routine) *judgement {
	j := &judgement{b: b, ks: ks, schema: b.in.Schema(ks.Name)}
	if j.schema == nil {
		j.why = "the schema of " + ks.Name + " is not known"
		return j
	}
	j.body(r)
	return j
}

func (j *judgement) refuse(why string) {
	if j.why == "" {
		j.why = why
	}
}

func (j *judgement) body(r *Routine) {
	if j.depth++; j.depth > programsDeep {
		j.refuse("its programs call each other too deeply")
		return
	}
	defer func() { j.depth-- }()
	words := parser.Words([]byte(r.Body), r.Mode)
	for _, word := range words {
		j.word(word)
	}
	for _, name := range written(words) {
		for table, decl := range j.ks.Tables {
			if decl.Kind == topology.KindReference && strings.EqualFold(table, name) {
				j.refuse("it may write the reference table " + table + ", of which every shard has a copy")
			}
		}
	}
	for _, ref := range parser.References([]byte(r.Body), r.Mode) {
		j.table(ref)
	}
	for _, word := range words {
		for i := range j.schema.Routines[strings.ToLower(word)] {
			if called := &j.schema.Routines[strings.ToLower(word)][i]; called.Name != r.Name || called.Kind != r.Kind {
				j.body(called)
			}
		}
	}
}

// written lists the words where a statement names what it writes, and more:
// those between a verb and what ends its list of tables.
func written(words []string) []string {
	var names []string
	verb := ""
	for i, w := range words {
		w = strings.ToUpper(w)
		switch {
		case w == ";":
			verb = ""
		case w == "UPDATE" && i > 0 && (strings.EqualFold(words[i-1], "KEY") || strings.EqualFold(words[i-1], "FOR")):
			// ON DUPLICATE KEY UPDATE, FOR UPDATE
		case w == "INSERT" || w == "REPLACE" || w == "UPDATE" || w == "DELETE" || w == "LOAD":
			verb = w
		case w == "SET" && verb != "DELETE" && verb != "LOAD", w == "WHERE" && verb == "DELETE",
			(w == "SELECT" || w == "VALUES" || w == "VALUE") && (verb == "INSERT" || verb == "REPLACE"):
			verb = ""
		case verb != "":
			names = append(names, words[i])
		}
	}
	return names
}

func (j *judgement) word(word string) {
	switch strings.ToUpper(word) {
	case "":
		j.refuse("its text is not understood")
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD":
		j.writes = true
	case "PREPARE", "EXECUTE":
		j.refuse("it makes statements of its own")
	case "COMMIT", "ROLLBACK", "SAVEPOINT", "START", "XA", "AUTOCOMMIT":
		j.refuse("it ends or begins transactions")
	case "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME":
		j.refuse("it defines tables")
	case "LOCK", "UNLOCK", "GET_LOCK", "RELEASE_LOCK", "RELEASE_ALL_LOCKS", "IS_FREE_LOCK", "IS_USED_LOCK":
		j.refuse("it takes locks")
	case "@", "SESSION", "GLOBAL", "LOCAL", "SQL_MODE", "TIME_ZONE", "FOREIGN_KEY_CHECKS", "UNIQUE_CHECKS", "SQL_SAFE_UPDATES":
		j.refuse("it uses variables of the session")
	case "USER", "CURRENT_USER", "SESSION_USER", "SYSTEM_USER", "CONNECTION_ID":
		j.refuse("it asks who the client is, which the servers do not know")
	case "UUID", "UUID_SHORT", "RAND", "SYSDATE", "RANDOM_BYTES", "LAST_INSERT_ID":
		j.random = true
	}
}

func (j *judgement) table(ref parser.QualifiedName) {
	if ref.Schema != "" && ref.Schema != j.ks.Name {
		if systemSchema(ref.Schema) || j.b.snapshot.Keyspaces[ref.Schema] != nil {
			j.refuse("it names " + ref.Schema)
		}
		return // a table's column
	}
	t := j.schema.Tables[ref.Name]
	if t == nil {
		return // a variable, or a table that does not exist
	}
	j.tables = true
	decl := j.ks.Tables[ref.Name]
	switch {
	case t.View:
		j.refuse("it reads the view " + ref.Name)
	case decl == nil || decl.Kind == topology.KindSingle:
		j.single = true
	case decl.Kind == topology.KindReference:
		// Written, it is refused below.
	default:
		j.refuse("it touches table " + ref.Name + ", which has rows on several shards")
	}
	for i := range t.Triggers {
		j.body(&t.Triggers[i])
	}
}
