package topology

import (
	"fmt"
	"slices"

	"github.com/shardway/shardway/shardkey"
)

// The lengths of what verifies a password.
const (
	nativeVerifierLength = 20
	sha2VerifierLength   = 70 // "$A$005$", 20 bytes of salt, 43 of hash
)

func (s *Snapshot) checkKeyspace(name string, keyspace *Keyspace) error {
	if err := CheckKeyspaceName(name); err != nil {
		return err
	}
	if keyspace.Name != name {
		return invalid("its record says it is %q", keyspace.Name)
	}
	if keyspace.Undeclared != KindSingle && keyspace.Undeclared != KindSharded {
		return invalid("an undeclared table cannot become %q", keyspace.Undeclared)
	}
	if len(keyspace.Shards) == 0 || len(keyspace.Shards) > shardsMax {
		return invalid("it has %d shards", len(keyspace.Shards))
	}
	var next shardkey.Token
	for i, shard := range keyspace.Shards {
		if s.Groups[shard.Group] == nil {
			return invalid("shard %s is on group %q, which does not exist", shard.Range, shard.Group)
		}
		if shard.Range.Start != next || i > 0 && next == 0 {
			return invalid("its shards leave a gap or overlap at %s", shard.Range)
		}
		next = shard.Range.End
	}
	if next != 0 {
		return invalid("no shard holds the tokens from %s on", bound(next))
	}
	if err := s.checkMove(keyspace); err != nil {
		return err
	}
	for table, home := range keyspace.Moved {
		if s.Keyspaces[home] == nil || home == name || keyspace.Tables[table] != nil {
			return invalid("its table %s cannot be in keyspace %q", table, home)
		}
	}
	for table, declaration := range keyspace.Tables {
		if err := checkTable(table, declaration); err != nil {
			return fmt.Errorf("table %s: %w", table, err)
		}
	}
	return nil
}

func checkTable(name string, table *Table) error {
	if err := CheckTableName(name); err != nil {
		return err
	}
	if table.Name != name {
		return invalid("its record says it is %q", table.Name)
	}
	switch table.Kind {
	case KindSharded:
		// A key whose tokens nobody can compute would route nowhere.
		if err := table.ShardKey.Check(); err != nil {
			return invalid("it is sharded, but: %s", err)
		}
	case KindSingle, KindReference:
		if len(table.ShardKey) > 0 {
			return invalid("it is %s but has a shard key", table.Kind)
		}
	default:
		return invalid("%q is not a kind of table", table.Kind)
	}
	if err := checkGlobalKeys(table); err != nil {
		return err
	}
	if (table.Sequence == "") != (table.SequenceID == "") {
		return invalid("it has a sequence without a column, or a column without a sequence")
	}
	for i, column := range table.ShardKey {
		twice := slices.ContainsFunc(table.ShardKey[:i], func(c shardkey.Column) bool { return c.Name == column.Name })
		if column.Name == "" || column.Type == "" || twice {
			return invalid("column %q of its shard key has no name or no type, or is named twice", column.Name)
		}
	}
	return nil
}

func checkUser(name string, user *User) error {
	if err := CheckUserName(name); err != nil {
		return err
	}
	if user.Name != name {
		return invalid("its record says it is %q", user.Name)
	}
	if n := len(user.NativeVerifier); n != 0 && n != nativeVerifierLength {
		return invalid("its mysql_native_password verifier has %d bytes, not %d", n, nativeVerifierLength)
	}
	if n := len(user.SHA2Verifier); n != 0 && n != sha2VerifierLength {
		return invalid("its caching_sha2_password verifier has %d bytes, not %d", n, sha2VerifierLength)
	}
	for keyspace, grant := range user.Grants {
		if keyspace != AllKeyspaces {
			if err := CheckKeyspaceName(keyspace); err != nil {
				return err
			}
		}
		if grant.level() < 1 {
			return invalid("%q is not a grant", grant)
		}
	}
	return nil
}
