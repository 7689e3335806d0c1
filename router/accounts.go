package router

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	tidb "github.com/pingcap/tidb/pkg/parser/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// Accounts changes users in the topology on behalf of clients that may.
type Accounts interface {
	// CreateUser stores a user without grants.
	CreateUser(ctx context.Context, name string, v mysql.Verifier) error
	// ChangePassword replaces a user's verifiers.
	ChangePassword(ctx context.Context, name string, v mysql.Verifier) error
	LockUser(ctx context.Context, name string, locked bool) error
	DropUser(ctx context.Context, name string) error
	// Grant sets what a user may do in a keyspace; GrantNone takes it away.
	Grant(ctx context.Context, name, keyspace string, g topology.Grant) error
}

// account answers the statements about users that map onto roles; the others
// are refused by name. handled is false for any other statement.
func (c *connection) account(ctx context.Context, stmt ast.StmtNode) (handled bool, err error) {
	switch s := stmt.(type) {
	case *ast.CreateUserStmt:
		return true, c.createUser(ctx, s)
	case *ast.AlterUserStmt:
		return true, c.alterUser(ctx, s)
	case *ast.DropUserStmt:
		return true, c.dropUser(ctx, s)
	case *ast.GrantStmt:
		return true, c.grant(ctx, s.Privs, s.Level, s.Users, false)
	case *ast.RevokeStmt:
		return true, c.grant(ctx, s.Privs, s.Level, s.Users, true)
	case *ast.SetPwdStmt:
		return true, c.setPassword(ctx, s)
	case *ast.GrantRoleStmt, *ast.RevokeRoleStmt, *ast.SetRoleStmt, *ast.SetDefaultRoleStmt, *ast.GrantProxyStmt, *ast.RenameUserStmt:
		return true, mysql.NewError(mysql.ErNotSupportedYet, "roles, proxy grants and renaming of users are not supported; a user has a role per keyspace, see: shardway user grant")
	default:
		return false, nil
	}
}

// mayAdminister refuses those who may not change users.
func (c *connection) mayAdminister() error {
	if !c.allows(topology.AllKeyspaces, topology.GrantAdmin) {
		return mysql.NewError(mysql.ErSpecificAccessDenied, "Access denied; you need the grant admin on every keyspace (*) for this operation")
	}
	return nil
}

func (c *connection) createUser(ctx context.Context, s *ast.CreateUserStmt) error {
	if err := c.mayAdminister(); err != nil {
		return err
	}
	if s.IsCreateRole {
		return mysql.NewError(mysql.ErNotSupportedYet, "CREATE ROLE is not supported; a user has a role per keyspace, see: shardway user grant")
	}
	for _, spec := range s.Specs {
		v, err := verifierOf(spec)
		if err != nil {
			return err
		}
		if c.server.user(spec.User.Username) != nil {
			if s.IfNotExists {
				continue
			}
			return mysql.NewError(1396, "Operation CREATE USER failed for '%s'@'%s'", spec.User.Username, spec.User.Hostname)
		}
		if err := c.server.opts.Accounts.CreateUser(ctx, spec.User.Username, v); err != nil {
			return err
		}
	}
	return nil
}

// verifierOf makes verifiers of what IDENTIFIED BY says.
func verifierOf(spec *ast.UserSpec) (mysql.Verifier, error) {
	if spec.User.Hostname != "" && spec.User.Hostname != "%" {
		return mysql.Verifier{}, mysql.NewError(mysql.ErNotSupportedYet, "accounts with a host are not supported: '%s'@'%s'; write '%s'@'%%', and limit addresses in front of the proxy", spec.User.Username, spec.User.Hostname, spec.User.Username)
	}
	o := spec.AuthOpt
	if o == nil || !o.ByAuthString || o.AuthString == "" {
		return mysql.Verifier{}, mysql.NewError(mysql.ErNotSupportedYet, "user '%s' needs a password: IDENTIFIED BY '…'", spec.User.Username)
	}
	switch o.AuthPlugin {
	case "":
		return mysql.Verifier{Native: mysql.NativeVerifier(o.AuthString), SHA2: mysql.SHA2Verifier(o.AuthString, nil)}, nil
	case mysql.PluginNative:
		return mysql.Verifier{Native: mysql.NativeVerifier(o.AuthString)}, nil
	case mysql.PluginCachingSHA2:
		return mysql.Verifier{SHA2: mysql.SHA2Verifier(o.AuthString, nil)}, nil
	default:
		return mysql.Verifier{}, mysql.NewError(1524, "Plugin '%s' is not loaded", o.AuthPlugin)
	}
}

func (c *connection) alterUser(ctx context.Context, s *ast.AlterUserStmt) error {
	specs := s.Specs
	if s.CurrentAuth != nil {
		specs = append(specs, &ast.UserSpec{User: currentUser(c.user), AuthOpt: s.CurrentAuth})
	}
	for _, spec := range specs {
		if spec.User.CurrentUser {
			spec.User = currentUser(c.user)
		}
		if spec.User.Username != c.user {
			if err := c.mayAdminister(); err != nil {
				return err
			}
		}
		if err := c.alterOne(ctx, s, spec); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) alterOne(ctx context.Context, s *ast.AlterUserStmt, spec *ast.UserSpec) error {
	name := spec.User.Username
	if c.server.user(name) == nil {
		if s.IfExists {
			return nil
		}
		return mysql.NewError(1396, "Operation ALTER USER failed for '%s'@'%%'", name)
	}
	for _, o := range s.PasswordOrLockOptions {
		switch o.Type {
		case ast.Lock, ast.Unlock:
			if err := c.mayAdminister(); err != nil {
				return err
			}
			if err := c.server.opts.Accounts.LockUser(ctx, name, o.Type == ast.Lock); err != nil {
				return err
			}
		default:
			return mysql.NewError(mysql.ErNotSupportedYet, "ALTER USER: only passwords and ACCOUNT LOCK or UNLOCK are supported")
		}
	}
	if spec.AuthOpt == nil {
		return nil
	}
	v, err := verifierOf(spec)
	if err != nil {
		return err
	}
	return c.server.opts.Accounts.ChangePassword(ctx, name, v)
}

func (c *connection) setPassword(ctx context.Context, s *ast.SetPwdStmt) error {
	name := c.user
	if s.User != nil && !s.User.CurrentUser {
		name = s.User.Username
	}
	if name != c.user {
		if err := c.mayAdminister(); err != nil {
			return err
		}
	}
	return c.server.opts.Accounts.ChangePassword(ctx, name, mysql.Verifier{Native: mysql.NativeVerifier(s.Password), SHA2: mysql.SHA2Verifier(s.Password, nil)})
}

func (c *connection) dropUser(ctx context.Context, s *ast.DropUserStmt) error {
	if err := c.mayAdminister(); err != nil {
		return err
	}
	if s.IsDropRole {
		return mysql.NewError(mysql.ErNotSupportedYet, "DROP ROLE is not supported; a user has a role per keyspace")
	}
	for _, u := range s.UserList {
		if c.server.user(u.Username) == nil {
			if s.IfExists {
				continue
			}
			return mysql.NewError(1396, "Operation DROP USER failed for '%s'@'%%'", u.Username)
		}
		if err := c.server.opts.Accounts.DropUser(ctx, u.Username); err != nil {
			return err
		}
	}
	return nil
}

// grant maps privileges onto the roles: each role is the least that has all of them.
func (c *connection) grant(ctx context.Context, privs []*ast.PrivElem, level *ast.GrantLevel, users []*ast.UserSpec, revoke bool) error {
	if err := c.mayAdminister(); err != nil {
		return err
	}
	keyspace, err := c.grantLevel(level)
	if err != nil {
		return err
	}
	role, err := roleOf(privs)
	if err != nil {
		return err
	}
	for _, spec := range users {
		name := spec.User.Username
		u := c.server.user(name)
		if u == nil {
			return mysql.NewError(1410, "You are not allowed to create a user with GRANT")
		}
		have := u.Grants[keyspace]
		want := role
		switch {
		case revoke && role == topology.GrantAdmin:
			want = topology.GrantNone
		case revoke:
			want = below(role)
			if !have.Includes(role) {
				want = have
			}
		case have.Includes(role):
			want = have
		}
		if err := c.server.opts.Accounts.Grant(ctx, name, keyspace, want); err != nil {
			return err
		}
	}
	return nil
}

func below(role topology.Grant) topology.Grant {
	order := []topology.Grant{topology.GrantNone, topology.GrantRead, topology.GrantWrite, topology.GrantDDL, topology.GrantAdmin}
	return order[max(0, slices.Index(order, role)-1)]
}

func (c *connection) grantLevel(level *ast.GrantLevel) (string, error) {
	switch level.Level {
	case ast.GrantLevelGlobal:
		return topology.AllKeyspaces, nil
	case ast.GrantLevelDB:
		if level.DBName != "" {
			return level.DBName, nil
		}
		if c.exec.Keyspace != "" {
			return c.exec.Keyspace, nil
		}
		return "", mysql.NewError(mysql.ErNoDB, "No database selected")
	default:
		return "", mysql.NewError(mysql.ErNotSupportedYet, "grants on single tables are not supported; grant on the keyspace: GRANT … ON %s.*", c.exec.Keyspace)
	}
}

// roleOf is the least role that includes all the privileges.
func roleOf(privs []*ast.PrivElem) (topology.Grant, error) {
	role := topology.GrantNone
	for _, p := range privs {
		if len(p.Cols) > 0 {
			return "", mysql.NewError(mysql.ErNotSupportedYet, "grants on columns are not supported; grant on the keyspace")
		}
		g := topology.GrantAdmin
		switch p.Priv {
		case tidb.UsagePriv:
			g = topology.GrantNone
		case tidb.SelectPriv, tidb.ShowViewPriv:
			g = topology.GrantRead
		case tidb.InsertPriv, tidb.UpdatePriv, tidb.DeletePriv, tidb.LockTablesPriv, tidb.CreateTMPTablePriv, tidb.ExecutePriv:
			g = topology.GrantWrite
		case tidb.CreatePriv, tidb.AlterPriv, tidb.DropPriv, tidb.IndexPriv, tidb.ReferencesPriv, tidb.CreateViewPriv, tidb.TriggerPriv, tidb.EventPriv, tidb.CreateRoutinePriv, tidb.AlterRoutinePriv:
			g = topology.GrantDDL
		case tidb.AllPriv:
		default:
			return "", mysql.NewError(mysql.ErNotSupportedYet, "the privilege %s does not map onto a role; the roles are read (SELECT), write (INSERT, UPDATE, DELETE), ddl (CREATE, ALTER, DROP, INDEX) and admin (ALL)", tidb.Priv2Str[p.Priv])
		}
		if !role.Includes(g) {
			role = g
		}
	}
	return role, nil
}

// showGrants answers SHOW GRANTS for the user itself or, to an administrator,
// for any other.
func (c *connection) showGrants(s *ast.ShowStmt) error {
	name := c.user
	if s.User != nil && !s.User.CurrentUser {
		name = s.User.Username
	}
	if name != c.user {
		if err := c.mayAdminister(); err != nil {
			return err
		}
	}
	u := c.server.user(name)
	if u == nil {
		return mysql.NewError(1141, "There is no such grant defined for user '%s' on host '%%'", name)
	}
	account := fmt.Sprintf("`%s`@`%%`", strings.ReplaceAll(name, "`", "``"))
	rows := [][]mysql.Cell{{{Data: []byte("GRANT USAGE ON *.* TO " + account)}}}
	keyspaces := make([]string, 0, len(u.Grants))
	for ks := range u.Grants {
		keyspaces = append(keyspaces, ks)
	}
	slices.Sort(keyspaces)
	for _, ks := range keyspaces {
		on := "`" + ks + "`.*"
		if ks == topology.AllKeyspaces {
			on = "*.*"
		}
		rows = append(rows, []mysql.Cell{{Data: []byte("GRANT " + privilegesOf(u.Grants[ks]) + " ON " + on + " TO " + account)}})
	}
	return c.exec.Answer([]string{"Grants for " + name + "@%"}, rows)
}

// privilegesOf writes a role as the privileges that GRANT maps back onto it.
func privilegesOf(g topology.Grant) string {
	switch g {
	case topology.GrantRead:
		return "SELECT"
	case topology.GrantWrite:
		return "SELECT, INSERT, UPDATE, DELETE"
	case topology.GrantDDL:
		return "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER"
	case topology.GrantAdmin:
		return "ALL PRIVILEGES"
	default:
		return "USAGE"
	}
}
