package admin

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shardway/shardway/topology"
)

// mysqlAccount is a row of mysql.user.
type mysqlAccount struct {
	user, host, plugin string
	authentication     []byte
	locked, expired    bool
	// roles is how many roles it is granted.
	roles int
}

func (a mysqlAccount) String() string { return a.user + "@" + a.host }

// mysqlPrivilege is one privilege of an account: on everything if schema is
// "", on a pattern of schemas, or on something smaller.
type mysqlPrivilege struct {
	user, host string
	schema     string
	// object is what it is limited to within the schema, "" for all of it.
	object string
	name   string
}

func (in *inspector) readAccounts() {
	const accounts = `SELECT u.User, u.Host, u.plugin, u.authentication_string, u.account_locked = 'Y', u.password_expired = 'Y',
		(SELECT COUNT(*) FROM mysql.role_edges e WHERE e.TO_USER = u.User AND e.TO_HOST = u.Host)
		FROM mysql.user u ORDER BY u.User, u.Host`
	in.each(accounts, nil, func(scan func(...any) error) error {
		var a mysqlAccount
		err := scan(&a.user, &a.host, &a.plugin, &a.authentication, &a.locked, &a.expired, &a.roles)
		in.f.accounts = append(in.f.accounts, a)
		return err
	})
	// GRANTEE is written 'user'@'host', each part quoted.
	const split = `SUBSTRING(GRANTEE, 2, LENGTH(GRANTEE) - LENGTH(SUBSTRING_INDEX(GRANTEE, '''@''', -1)) - 4),
		TRIM(TRAILING '''' FROM SUBSTRING_INDEX(GRANTEE, '''@''', -1))`
	for _, from := range []string{
		"'', '', PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES",
		"TABLE_SCHEMA, '', PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES",
		"TABLE_SCHEMA, TABLE_NAME, PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES",
		"TABLE_SCHEMA, CONCAT(TABLE_NAME, '.', COLUMN_NAME), PRIVILEGE_TYPE FROM information_schema.COLUMN_PRIVILEGES",
	} {
		in.each("SELECT "+split+", "+from, nil, func(scan func(...any) error) error {
			var p mysqlPrivilege
			err := scan(&p.user, &p.host, &p.schema, &p.object, &p.name)
			in.f.privileges = append(in.f.privileges, p)
			return err
		})
	}
}

// mapUsers makes Shardway's users of a server's accounts, as far as their
// passwords can be checked without being known, and names what has no equal.
func mapUsers(accounts []mysqlAccount, privileges []mysqlPrivilege, schemas []string) (users []topology.User, unmapped []string) {
	note := func(a mysqlAccount, format string, args ...any) {
		unmapped = append(unmapped, fmt.Sprintf("%s: %s", a, fmt.Sprintf(format, args...)))
	}
	taken := make(map[string]mysqlAccount)
	for _, a := range widestFirst(accounts) {
		if strings.HasPrefix(a.user, "mysql.") || strings.HasPrefix(a.user, "shardway_") {
			continue // MySQL's own, and those that Shardway made
		}
		if first, twice := taken[a.user]; twice {
			note(a, "not taken: users have no host here, and %s is taken", first)
			continue
		}
		user := topology.User{Name: a.user, Locked: a.locked}
		if why := takeVerifier(&user, a); why != "" {
			note(a, "not taken: %s", why)
			continue
		}
		if err := topology.CheckUserName(a.user); err != nil {
			note(a, "not taken: %s", err)
			continue
		}
		taken[a.user] = a
		if a.host != "%" {
			note(a, "it will be let in from any host, not only from %s", a.host)
		}
		if a.expired {
			note(a, "its password has expired there, but will be accepted here")
		}
		if a.roles > 0 {
			note(a, "its %d roles are not taken", a.roles)
		}
		var notes []string
		user.Grants, notes = mapPrivileges(a, privileges, schemas)
		for _, n := range notes {
			note(a, "%s", n)
		}
		if local(a.host) && user.Grants[topology.AllKeyspaces] == topology.GrantAdmin && !user.Locked {
			// An administrator who could come from the server itself alone must
			// not become one from anywhere.
			user.Locked = true
			note(a, "taken as locked: it administers everything and could log in on the server alone; unlock it with: shardway user unlock %s", a.user)
		}
		users = append(users, user)
	}
	slices.SortFunc(users, func(a, b topology.User) int { return cmp.Compare(a.Name, b.Name) })
	return users, unmapped
}

// local reports whether a host pattern stands for the server itself.
func local(host string) bool {
	return host == "localhost" || host == "127.0.0.1" || host == "::1"
}

// widestFirst puts accounts for any host before those for some.
func widestFirst(accounts []mysqlAccount) []mysqlAccount {
	sorted := slices.Clone(accounts)
	slices.SortStableFunc(sorted, func(a, b mysqlAccount) int {
		narrow := func(a mysqlAccount) int { return len(orElse(a.host == "%", "", "x")) }
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(narrow(a), narrow(b)))
	})
	return sorted
}

// takeVerifier takes over what the password is checked by, or says why not.
func takeVerifier(user *topology.User, a mysqlAccount) (why string) {
	switch {
	case a.user == "":
		return "it is anonymous"
	case len(a.authentication) == 0:
		return "it has no password"
	case a.plugin == "caching_sha2_password" && len(a.authentication) == 70 && strings.HasPrefix(string(a.authentication), "$A$"):
		user.SHA2Verifier = slices.Clone(a.authentication)
		return ""
	case a.plugin == "mysql_native_password":
		digest, isHex := strings.CutPrefix(string(a.authentication), "*")
		verifier, err := hex.DecodeString(digest)
		if isHex && err == nil && len(verifier) == 20 {
			user.NativeVerifier = verifier
			return ""
		}
	}
	return fmt.Sprintf("what checks its password (%s) cannot be taken over", a.plugin)
}

// sortedGrants lists grants by keyspace.
func sortedGrants(grants map[string]topology.Grant) []UserGrant {
	var list []UserGrant
	for _, keyspace := range slices.Sorted(maps.Keys(grants)) {
		list = append(list, UserGrant{Keyspace: keyspace, Grant: grants[keyspace]})
	}
	return list
}
