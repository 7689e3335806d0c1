package parser

import "github.com/pingcap/tidb/pkg/parser/ast"

// Class is what kind of statement it is.
type Class uint8

// The classes.
const (
	// Unknown is anything not named below, such as what TiDB has and MySQL has
	// not: MySQL is to refuse it.
	Unknown Class = iota
	// ReadOnly: queries without locks, SHOW, EXPLAIN, DO, …. Functions in them
	// may still change something: see Flags.
	ReadOnly
	// Locking: queries with FOR UPDATE, FOR SHARE, LOCK IN SHARE MODE.
	Locking
	// DML: INSERT, REPLACE, UPDATE, DELETE, LOAD DATA, CALL.
	DML
	// DDL: definitions of schemas, tables, views, programs. They commit.
	DDL
	// Transaction: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, ….
	Transaction
	// Session: SET, USE, PREPARE, LOCK TABLES, ….
	Session
	// Admin: users, privileges, KILL, FLUSH, ANALYZE and the like.
	Admin
)

// String is the class's name in lower case.
func (c Class) String() string {
	names := [...]string{"unknown", "read only", "locking", "dml", "ddl", "transaction", "session", "admin"}
	if int(c) < len(names) {
		return names[c]
	}
	return names[Unknown]
}

// Classify tells what kind of statement a tree is.
func Classify(stmt ast.StmtNode) Class {
	switch stmt := stmt.(type) {
	case *ast.SelectStmt, *ast.SetOprStmt:
		if locks(stmt) {
			return Locking
		}
		return ReadOnly
	case *ast.ShowStmt, *ast.HelpStmt, *ast.DoStmt, *ast.ExplainForStmt:
		return ReadOnly
	case *ast.ExplainStmt:
		return ReadOnly // EXPLAIN ANALYZE runs queries alone
	case *ast.InsertStmt, *ast.UpdateStmt, *ast.DeleteStmt, *ast.LoadDataStmt, *ast.CallStmt:
		return DML
	case *ast.BeginStmt, *ast.CommitStmt, *ast.RollbackStmt, *ast.SavepointStmt, *ast.ReleaseSavepointStmt:
		return Transaction
	case *ast.SetStmt, *ast.SetRoleStmt, *ast.UseStmt, *ast.PrepareStmt, *ast.ExecuteStmt, *ast.DeallocateStmt,
		*ast.LockTablesStmt, *ast.UnlockTablesStmt:
		return Session
	case *ast.SetPwdStmt, *ast.SetDefaultRoleStmt, *ast.CreateUserStmt, *ast.AlterUserStmt, *ast.DropUserStmt, *ast.RenameUserStmt,
		*ast.GrantStmt, *ast.GrantRoleStmt, *ast.GrantProxyStmt, *ast.RevokeStmt, *ast.RevokeRoleStmt,
		*ast.KillStmt, *ast.FlushStmt, *ast.AnalyzeTableStmt, *ast.OptimizeTableStmt, *ast.RepairTableStmt,
		*ast.BinlogStmt, *ast.ShutdownStmt, *ast.RestartStmt, *ast.AlterInstanceStmt:
		return Admin
	case *ast.CreateDatabaseStmt, *ast.AlterDatabaseStmt, *ast.DropDatabaseStmt, *ast.CreateTableStmt, *ast.AlterTableStmt,
		*ast.DropTableStmt, *ast.TruncateTableStmt, *ast.RenameTableStmt, *ast.CreateIndexStmt, *ast.DropIndexStmt,
		*ast.CreateViewStmt, *ast.DropProcedureStmt:
		return DDL
	}
	return Unknown
}

// locks says whether a query has a locking clause anywhere.
func locks(query ast.Node) bool {
	v := lockFinder{}
	query.Accept(&v)
	return v.found
}

type lockFinder struct{ found bool }

// Enter implements ast.Visitor.
func (v *lockFinder) Enter(n ast.Node) (ast.Node, bool) {
	if s, ok := n.(*ast.SelectStmt); ok && s.LockInfo != nil && s.LockInfo.LockType != ast.SelectLockNone {
		v.found = true
	}
	return n, v.found
}

// Leave implements ast.Visitor.
func (v *lockFinder) Leave(n ast.Node) (ast.Node, bool) { return n, true }
