package admin

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql/server"
	"github.com/shardway/shardway/topology"
)

const (
	// openedTimeout bounds waiting for the controller to open an adopted server.
	openedTimeout = 30 * time.Second
	openedPause   = 100 * time.Millisecond
	// usersPerUpdate bounds how many users are written at once.
	usersPerUpdate = 50
)

// Adoption asks for an existing server to become the primary of a new group,
// with its data.
type Adoption struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// User and Password are of an administrator's account there; Shardway keeps
	// them to administer the server.
	User     string          `json:"user"`
	Password topology.Secret `json:"password"`
	// Group is the id of the new group, Instance that of the server in it:
	// Group followed by "-1" when empty.
	Group    string `json:"group"`
	Instance string `json:"instance,omitempty"`
	Zone     string `json:"zone,omitempty"`
	// Keyspaces are the schemas to take; all when empty.
	Keyspaces []string `json:"keyspaces,omitempty"`
	// EnableGTID turns gtid_mode on if it is off, step by step and online.
	EnableGTID bool `json:"enable_gtid,omitempty"`
}

// adoptionWire is an Adoption as sent: a topology.Secret does not leave by way
// of JSON.
type adoptionWire struct {
	Adoption
	Password string `json:"password"`
}

func (a Adoption) wire() adoptionWire {
	return adoptionWire{Adoption: a, Password: a.Password.Reveal()}
}

// AdoptReport is what adopting a server found and did.
type AdoptReport struct {
	DryRun bool    `json:"dry_run,omitempty"`
	Checks []Check `json:"checks"`
	// Steps is what was done, or would be.
	Steps    []string `json:"steps"`
	Warnings []string `json:"warnings,omitempty"`
	// Unmapped are privileges and users that Shardway has no equal for.
	Unmapped []string `json:"unmapped,omitempty"`
	Version  int64    `json:"version,omitempty"`
}

// Failed returns the checks that forbid adopting.
func (r AdoptReport) Failed() []Check {
	return slices.DeleteFunc(slices.Clone(r.Checks), func(c Check) bool { return c.Result != CheckFailed })
}

// adoption is one adoption under way.
type adoption struct {
	*Server
	Adoption
	call   call
	conn   *sql.Conn
	facts  facts
	users  []topology.User
	report AdoptReport
}

// adopt checks everything first and changes nothing if a check fails. What it
// changes it can be told to change again: repeated after it stopped half way,
// it goes on.
func (s *Server) adopt(c call, wanted Adoption) (AdoptReport, error) {
	if wanted.Instance == "" {
		wanted.Instance = wanted.Group + "-1"
	}
	if err := errors.Join(topology.CheckID("a group", wanted.Group), topology.CheckID("an instance", wanted.Instance)); err != nil {
		return AdoptReport{}, err
	}
	conn, closeAll, err := dialAdopted(c, wanted)
	if err != nil {
		return AdoptReport{}, err
	}
	defer closeAll()
	a := &adoption{Server: s, Adoption: wanted, call: c, conn: conn}
	a.report = AdoptReport{DryRun: c.dryRun, Steps: []string{}}
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return AdoptReport{}, err
	}
	if a.facts, err = inspect(c, conn); err != nil {
		return AdoptReport{}, fmt.Errorf("inspect %s:%d: %w", wanted.Host, wanted.Port, err)
	}
	a.report.Checks = judge(a.facts, snap, a.Adoption)
	a.users, a.report.Unmapped = mapUsers(a.facts.accounts, a.facts.privileges, a.schemas())
	if failed := a.report.Failed(); len(failed) > 0 && !c.dryRun {
		return AdoptReport{}, refuseAdoption(failed)
	}
	if err := a.run(snap); err != nil {
		return AdoptReport{}, err
	}
	return a.report, nil
}

func dialAdopted(ctx context.Context, a Adoption) (*sql.Conn, func(), error) {
	db, err := server.Open(a.Host, a.Port, server.Credential{User: a.User, Password: a.Password.Reveal()}, controlTimeout)
	if err != nil {
		return nil, nil, err
	}
	dial, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := db.Conn(dial)
	if err != nil {
		_ = db.Close()
		return nil, nil, &topology.Refused{
			Code: topology.CodeUnavailable, Message: fmt.Sprintf("%s:%d does not let us in: %s", a.Host, a.Port, err),
			Hint: "check the address, the account and its password",
		}
	}
	return conn, func() {
		_ = conn.Close()
		_ = db.Close()
	}, nil
}

func refuseAdoption(failed []Check) error {
	var reasons, hints []string
	for _, check := range failed {
		reasons = append(reasons, check.Message)
		hints = append(hints, check.Hint)
	}
	return &topology.Refused{
		Code: topology.CodeUnsupported, Message: "the server cannot be adopted as it is: " + strings.Join(reasons, "; "),
		Hint: strings.Join(hints, "; "),
	}
}

// schemas are the ones to take: those named, or all.
func (a *adoption) schemas() []string { return wantedSchemas(a.facts, a.Adoption) }

func wantedSchemas(f facts, a Adoption) []string {
	if len(a.Keyspaces) > 0 {
		return a.Keyspaces
	}
	return f.schemas
}

func (a *adoption) step(format string, args ...any) {
	a.report.Steps = append(a.report.Steps, fmt.Sprintf(format, args...))
}

// run does, or in a dry run only says, what adopting takes.
func (a *adoption) run(snap *topology.Snapshot) error {
	if a.EnableGTID && a.facts.variables["gtid_mode"] != "ON" {
		for _, s := range gtidSteps(a.facts.variables["gtid_mode"]) {
			a.step("%s", s.statement)
			if !a.call.dryRun {
				if err := s.run(a.call, a.conn); err != nil {
					return err
				}
			}
		}
	}
	for _, part := range []func(*topology.Snapshot) error{a.addGroup, a.addKeyspaces, a.addUsers} {
		if err := part(snap); err != nil {
			return err
		}
	}
	if n := a.facts.autoIncrements; n > 0 {
		a.step("leave the AUTO_INCREMENT values of %d tables to the server while their keyspace has one shard; "+
			"a sequence goes on from them once a table is distributed", n)
	}
	return nil
}

// update changes the topology unless this is a dry run.
func (a *adoption) update(edit func(*topology.Draft) error) error {
	done, err := a.change(a.call, edit)
	a.report.Version = done.Version
	return err
}

func (a *adoption) addGroup(snap *topology.Snapshot) error {
	if isAdopted(snap, a.Adoption) {
		a.step("go on with group %s, which has the server already", a.Group)
		return nil
	}
	a.step("add %s at %s:%d and make group %s with it as primary", a.Instance, a.Host, a.Port, a.Group)
	a.step("the controller makes the proxies' account there and opens it to them")
	account := topology.NewProxyAccount(a.Group)
	err := a.update(func(d *topology.Draft) error {
		instance := topology.Instance{ID: a.Instance, Host: a.Host, Port: a.Port, Zone: a.Zone}
		if err := d.AddInstance(instance, topology.Account{User: a.User, Password: a.Password}); err != nil {
			return err
		}
		return d.CreateGroup(a.Group, a.Instance, nil, account)
	})
	if err != nil || a.call.dryRun {
		return err
	}
	return a.awaitOpened()
}

// isAdopted reports whether an earlier adoption of that server got as far as
// making the group.
func isAdopted(snap *topology.Snapshot, a Adoption) bool {
	instance := snap.Instances[a.Instance]
	return instance != nil && instance.Host == a.Host && instance.Port == a.Port && instance.Group == a.Group &&
		instance.Role == topology.RolePrimary
}

// awaitOpened waits until the controller has published the server as primary.
func (a *adoption) awaitOpened() error {
	ctx, cancel := context.WithTimeout(a.call, openedTimeout)
	defer cancel()
	for {
		snap, err := a.opts.Store.Load(ctx)
		if err == nil && snap.Groups[a.Group] != nil && snap.Groups[a.Group].Primary != "" {
			return nil
		}
		select {
		case <-time.After(openedPause):
		case <-ctx.Done():
			if err := a.call.Err(); err != nil {
				return err
			}
			a.report.Warnings = append(a.report.Warnings, fmt.Sprintf(
				"no controller has opened group %s within %s; its keyspaces are served once one has: 'shardway status' says what keeps it", a.Group, openedTimeout))
			return nil
		}
	}
}

func (a *adoption) addKeyspaces(snap *topology.Snapshot) error {
	for _, name := range a.schemas() {
		if present := snap.Keyspaces[name]; present != nil {
			a.step("keyspace %s is there already", name)
			continue
		}
		a.step("serve schema %s as keyspace %s, one shard on group %s", name, name, a.Group)
		if a.call.dryRun {
			continue // the group is not there yet
		}
		err := a.update(func(d *topology.Draft) error {
			_, err := d.CreateKeyspace(topology.NewKeyspace{Name: name, Groups: []string{a.Group}, Shards: 1})
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *adoption) addUsers(snap *topology.Snapshot) error {
	var fresh []topology.User
	for _, user := range a.users {
		if snap.Users[user.Name] != nil {
			a.report.Unmapped = append(a.report.Unmapped, fmt.Sprintf("user %s: there is already one of this name, it stays as it is", user.Name))
			continue
		}
		var may []string
		for _, g := range sortedGrants(user.Grants) {
			may = append(may, g.Keyspace+"="+string(g.Grant))
		}
		a.step("take user %s with its password, %s", user.Name, cmp.Or(strings.Join(may, " "), "with no role"))
		fresh = append(fresh, user)
	}
	for batch := range slices.Chunk(fresh, usersPerUpdate) {
		err := a.update(func(d *topology.Draft) error {
			for _, user := range batch {
				if err := d.AddUser(user); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
