package topology

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// The folders of records, below whatever prefix a store puts before them.
const (
	groupRecords     = "groups/"
	instanceRecords  = "instances/"
	keyspaceRecords  = "keyspaces/"
	tableRecords     = "tables/"
	userRecords      = "users/"
	accountRecords   = "accounts/"
	placementRecords = "placement"
)

// accountRecord is how an Account is stored, its password included.
type accountRecord struct {
	User     string `json:"user"`
	Password string `json:"password"`
}

// TableRecordsOf is the beginning of the keys of all tables of a keyspace.
func TableRecordsOf(keyspace string) string {
	return tableRecords + url.PathEscape(keyspace) + "/"
}

// Records returns s as stored: one record per thing, by key. The same snapshot
// always gives the same bytes. Passwords of accounts are in it in the clear.
func (s *Snapshot) Records() (map[string][]byte, error) {
	w := recordWriter{records: make(map[string][]byte)}
	for id, group := range s.Groups {
		w.put(groupRecords+url.PathEscape(id), group)
	}
	for id, instance := range s.Instances {
		w.put(instanceRecords+url.PathEscape(id), instance)
	}
	for name, keyspace := range s.Keyspaces {
		w.put(keyspaceRecords+url.PathEscape(name), keyspace)
		for table, declaration := range keyspace.Tables {
			w.put(TableRecordsOf(name)+url.PathEscape(table), declaration)
		}
	}
	for name, user := range s.Users {
		w.put(userRecords+url.PathEscape(name), user)
	}
	for group, account := range s.Accounts {
		w.records[accountRecords+url.PathEscape(group)] = EncodeAccount(account)
	}
	if len(s.Placement) > 0 {
		w.put(placementRecords, s.Placement)
	}
	return w.records, w.err
}

type recordWriter struct {
	records map[string][]byte
	err     error
}

func (w *recordWriter) put(key string, value any) {
	data, err := json.Marshal(value)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("record %s: %w", key, err)
	}
	w.records[key] = data
}

// Decode builds the snapshot of a version from its records and validates it.
// Keys that it does not know are refused: they come from a newer Shardway,
// whose meaning this one would get wrong.
func Decode(version int64, records map[string][]byte) (*Snapshot, error) {
	s := &Snapshot{
		Version:   version,
		Groups:    make(map[string]*Group),
		Instances: make(map[string]*Instance),
		Keyspaces: make(map[string]*Keyspace),
		Users:     make(map[string]*User),
		Accounts:  make(map[string]Account),
	}
	tables := make(map[string]map[string]*Table)
	for key, data := range records {
		if err := s.decodeRecord(key, data, tables); err != nil {
			return nil, fmt.Errorf("record %s: %w", key, err)
		}
	}
	for name, ofKeyspace := range tables {
		if s.Keyspaces[name] == nil {
			return nil, invalid("there are tables of keyspace %q, which does not exist", name)
		}
		s.Keyspaces[name].Tables = ofKeyspace
	}
	for _, keyspace := range s.Keyspaces {
		if keyspace.Tables == nil {
			keyspace.Tables = make(map[string]*Table)
		}
	}
	return s, s.Validate()
}

func (s *Snapshot) decodeRecord(key string, data []byte, tables map[string]map[string]*Table) error {
	if key == placementRecords {
		return json.Unmarshal(data, &s.Placement)
	}
	folder, escaped, _ := strings.Cut(key, "/")
	owner, escapedTable, isTable := strings.Cut(escaped, "/")
	name, err := url.PathUnescape(owner)
	if err != nil || isTable != (folder+"/" == tableRecords) {
		return invalid("this is not a key that Shardway writes")
	}
	switch folder + "/" {
	case groupRecords:
		return decodeInto(s.Groups, name, data)
	case instanceRecords:
		return decodeInto(s.Instances, name, data)
	case keyspaceRecords:
		return decodeInto(s.Keyspaces, name, data)
	case userRecords:
		return decodeInto(s.Users, name, data)
	case accountRecords:
		s.Accounts[name], err = DecodeAccount(data)
		return err
	case tableRecords:
		table, err := url.PathUnescape(escapedTable)
		if err != nil {
			return err
		}
		if tables[name] == nil {
			tables[name] = make(map[string]*Table)
		}
		return decodeInto(tables[name], table, data)
	}
	return invalid("this is not a key that Shardway writes")
}

func decodeInto[T any](records map[string]*T, name string, data []byte) error {
	value := new(T)
	if err := json.Unmarshal(data, value); err != nil {
		return err
	}
	records[name] = value
	return nil
}

// EncodeAccount writes an account for storage, its password in the clear.
func EncodeAccount(account Account) []byte {
	// Two strings always marshal.
	data, _ := json.Marshal(accountRecord{User: account.User, Password: account.Password.Reveal()})
	return data
}

// DecodeAccount reads what EncodeAccount wrote.
func DecodeAccount(data []byte) (Account, error) {
	var record accountRecord
	if err := json.Unmarshal(data, &record); err != nil {
		return Account{}, err
	}
	return Account{User: record.User, Password: NewSecret(record.Password)}, nil
}
