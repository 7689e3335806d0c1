package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// wanted is what the file of 'shardway setup' says that a cluster has.
type wanted struct {
	Instances []wantedInstance    `json:"instances"`
	Groups    []admin.NewGroup    `json:"groups"`
	Keyspaces []admin.NewKeyspace `json:"keyspaces"`
	Users     []wantedUser        `json:"users"`
}

// wantedInstance is a server; its administrator's password is in a file.
type wantedInstance struct {
	ID           string `json:"id"`
	Host         string `json:"host"`
	Port         int    `json:"port"`
	Zone         string `json:"zone"`
	User         string `json:"user"`
	PasswordFile string `json:"password_file"`
}

// wantedUser is a user for clients; the password is in a file.
type wantedUser struct {
	Name         string                    `json:"name"`
	PasswordFile string                    `json:"password_file"`
	Grants       map[string]topology.Grant `json:"grants"`
}

// readWanted reads the file. What it does not know it refuses: a name that is
// misspelt would otherwise be left out in silence.
func readWanted(path string) (*wanted, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	w := new(wanted)
	if err := decoder.Decode(w); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return w, nil
}

// readPassword returns what a file holds, without the newline at its end.
func readPassword(path string) (topology.Secret, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return topology.Secret{}, fmt.Errorf("password: %w", err)
	}
	password := strings.TrimRight(string(text), "\r\n")
	if password == "" {
		return topology.Secret{}, fmt.Errorf("password: %s is empty", path)
	}
	return topology.NewSecret(password), nil
}
