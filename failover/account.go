package failover

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/shardway/shardway/topology"
)

// accountPrefix begins the names of the accounts that Shardway makes in MySQL.
const accountPrefix = "shardway_"

// DefinerUser names the account that views and stored programs run as. It is
// the same on every server and for ever, unlike the proxies' accounts, and
// nobody logs in with it.
const DefinerUser = accountPrefix + "definer"

// ReplicationUser names the account by which an instance replicates. Each has
// one of its own, whatever its source, so that nothing needs to be changed on a
// new source after a promotion.
func ReplicationUser(instance string) string {
	sum := sha256.Sum256([]byte(instance))
	return accountPrefix + "r_" + hex.EncodeToString(sum[:6]) // MySQL's limit is 32 characters
}

// replicationAccount returns the account by which an instance replicates. The
// password follows from the administrator's, which the topology keeps: any
// controller finds it again and nothing more is stored.
func replicationAccount(instance string, admin topology.Account) topology.Account {
	mac := hmac.New(sha256.New, []byte(admin.Password.Reveal()))
	mac.Write([]byte("replication " + instance))
	return topology.Account{
		User:     ReplicationUser(instance),
		Password: topology.NewSecret(hex.EncodeToString(mac.Sum(nil)[:16])),
	}
}

// staticGrants are what clients need through the proxies' account, on any
// server version. It has no SUPER, no CONNECTION_ADMIN and nothing that stops
// or changes the server, so both fences hold it off; and neither FILE nor
// RELOAD, which read files and reset the binary log.
func staticGrants() string {
	return strings.Join([]string{
		"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER", "SHOW DATABASES",
		"CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE", "ALTER ROUTINE",
		"EVENT", "TRIGGER", "PROCESS", "REPLICATION CLIENT",
	}, ", ")
}

// dynamicGrants are wanted where the server knows them: names change with
// versions, so each is granted by itself.
func dynamicGrants() []string {
	return []string{
		"SESSION_VARIABLES_ADMIN", // SET SESSION of what clients may set on their own server
		"XA_RECOVER_ADMIN",        // deciding prepared branches
		"FLUSH_TABLES", "SHOW_ROUTINE",
		// Definers that are not MySQL accounts: clients' users live in the
		// topology. The first is the name up to 8.1, the others since 8.2.
		"SET_USER_ID", "SET_ANY_DEFINER", "ALLOW_NONEXISTENT_DEFINER",
	}
}
