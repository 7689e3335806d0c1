package failover

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	seat "github.com/shardway/shardway/internal/control" // control is this package's own session
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
	"github.com/shardway/shardway/txn"
)

// tableStatements make the tables of Shardway's own schema in a group. The term
// table holds one row per opening of a primary; heartbeat one row, written every
// second; the others are by what transactions over several groups are decided. Each
// may run where it is there: releases have added tables.
func tableStatements() []statement {
	return []statement{
		sqlf(`CREATE TABLE IF NOT EXISTS _shardway.term (
			term BIGINT UNSIGNED NOT NULL PRIMARY KEY,
			instance VARCHAR(64) NOT NULL,
			opened_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
		) ENGINE = InnoDB`),
		sqlf(`CREATE TABLE IF NOT EXISTS _shardway.heartbeat (
			id TINYINT UNSIGNED NOT NULL PRIMARY KEY,
			term BIGINT UNSIGNED NOT NULL,
			beat_at DATETIME(6) NOT NULL COMMENT 'UTC'
		) ENGINE = InnoDB`),
		sqlf(txn.CreateDecision),
		sqlf(txn.CreateBranch),
	}
}

// schemaTables is how many tables the schema has when it is whole.
func schemaTables() int { return len(tableStatements()) }

// prepare makes the schema and the missing accounts. A group that no proxy
// knows yet is written to while clients are kept out; one that is open gets its
// writes acknowledged like any other.
func (g *group) prepare(ctx context.Context, v View, l *link, c *control) error {
	if v.Group.Primary == "" {
		if err := c.exec(ctx, sqlf("SET GLOBAL super_read_only = OFF"), sqlf("SET GLOBAL read_only = OFF")); err != nil {
			return err
		}
	}
	var statements []statement
	primary := v.instance(l.instance.ID)
	if !primary.Schema {
		// Where it is it must not be made again. A branch may be prepared that has written
		// to it: the primary does that all the same, and its replicas then wait for the
		// branch's end, which comes behind that in the binary log, for ever.
		var exists bool
		if err := c.conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM information_schema.schemata WHERE schema_name = '_shardway')").Scan(&exists); err != nil {
			return err
		}
		if !exists {
			statements = append(statements, sqlf("CREATE DATABASE IF NOT EXISTS _shardway CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
		}
		statements = append(statements, tableStatements()...)
	}
	more, err := g.accountStatements(ctx, v, primary, c)
	if err != nil {
		return err
	}
	var none int64
	return l.acknowledged(ctx, &none, append(statements, more...)...)
}

func (g *group) accountStatements(ctx context.Context, v View, primary *Instance, c *control) ([]statement, error) {
	var statements []statement
	has := func(name string) bool { return slices.Contains(primary.Accounts, name) }
	if account := g.account(); !account.IsZero() && !has(account.User) {
		grants, err := clientGrants(ctx, c)
		if err != nil {
			return nil, err
		}
		statements = append(statements, createAccount(account, grants...)...)
	}
	if !has(DefinerUser) {
		// Its password is thrown away: it is locked.
		definer := topology.Account{User: DefinerUser, Password: topology.NewSecret(rand.Text())}
		grants, err := clientGrants(ctx, c)
		if err != nil {
			return nil, err
		}
		statements = append(statements, createAccount(definer, append(grants, "ALTER USER ?@'%' ACCOUNT LOCK")...)...)
	}
	for _, member := range v.Instances {
		if has(ReplicationUser(member.ID)) || g.links[member.ID] == nil || len(v.Instances) == 1 || member.leavesForGood() {
			continue
		}
		account := replicationAccount(member.ID, g.links[member.ID].admin)
		statements = append(statements, createAccount(account, "GRANT REPLICATION SLAVE, CONNECTION_ADMIN, BACKUP_ADMIN ON *.* TO ?@'%'")...)
	}
	return statements, nil
}

// createAccount are the statements that make an account together with what it may
// do, each of which names the account by its parameter. An interrupted try leaves
// nothing under the account's name.
func createAccount(account topology.Account, grants ...string) []statement {
	nascent := seat.Nascent(account.User)
	statements := []statement{
		sqlf("DROP USER IF EXISTS ?@'%'", nascent),
		sqlf("CREATE USER ?@'%' IDENTIFIED BY ?", nascent, account.Password.Reveal()),
	}
	for _, grant := range grants {
		statements = append(statements, sqlf(grant, nascent))
	}
	return append(statements, sqlf("RENAME USER ?@'%' TO ?@'%'", nascent, account.User))
}

// clientGrants are what the proxies' account is granted, and the one that clients'
// programs run as. Privileges whose names this server does not know are left out.
func clientGrants(ctx context.Context, c *control) ([]string, error) {
	known, err := pairs(ctx, c.conn, `SELECT privilege_type, is_grantable FROM information_schema.user_privileges
		WHERE grantee = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')`)
	if err != nil {
		return nil, fmt.Errorf("the administrator's privileges: %w", err)
	}
	grants := []string{"GRANT " + staticGrants() + " ON *.* TO ?@'%'"}
	for _, name := range dynamicGrants() {
		if _, ok := known[strings.ToLower(name)]; ok {
			grants = append(grants, "GRANT "+name+" ON *.* TO ?@'%'")
		}
	}
	var partial bool
	err = c.conn.QueryRowContext(ctx, "SELECT @@GLOBAL.partial_revokes").Scan(&partial)
	if err != nil && !errors.Is(err, context.Canceled) && errno(err) != mysql.ErUnknownSystemVariable {
		return nil, err
	}
	if partial {
		// Accounts and replication passwords are no client's business.
		grants = append(grants, "REVOKE ALL PRIVILEGES ON mysql.* FROM ?@'%'")
	}
	return grants, nil
}
