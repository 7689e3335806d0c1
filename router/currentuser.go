package router

import "github.com/pingcap/tidb/pkg/parser/auth"

// currentUser is how the parser names the account of the session itself.
func currentUser(name string) *auth.UserIdentity {
	return &auth.UserIdentity{Username: name, Hostname: "%"}
}
