// Package server opens control connections: the ones by which the controller
// and the admin API speak to a MySQL server as an administrator. Clients' rows
// never travel over them.
package server

import (
	"database/sql"
	"fmt"
	"net"
	"strconv"
	"time"

	driver "github.com/go-sql-driver/mysql"
)

// Credential is a MySQL account. It prints without its password.
type Credential struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// String names the user alone, so that a password never reaches a log.
func (c Credential) String() string { return c.User }

// Open returns a pool of at most four control connections to host:port. It does not dial.
// Statements are bounded by their context; a dial and each read or write by timeout.
func Open(host string, port int, cred Credential, timeout time.Duration) (*sql.DB, error) {
	cfg := driver.NewConfig()
	cfg.Net = "tcp"
	cfg.Addr = net.JoinHostPort(host, strconv.Itoa(port))
	cfg.User, cfg.Passwd = cred.User, cred.Password
	cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = timeout, timeout, timeout
	cfg.TLSConfig = "preferred"
	cfg.InterpolateParams = true
	cfg.MultiStatements = true       // a look at a server is one round trip
	cfg.Logger = &driver.NopLogger{} // the errors come back; nothing is to be printed beside them
	connector, err := driver.NewConnector(cfg)
	if err != nil {
		return nil, fmt.Errorf("control connection to %s: %w", cfg.Addr, err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(4)
	db.SetMaxIdleConns(1)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}
