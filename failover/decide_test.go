package failover

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/shardway/shardway/topology"
)

// TestDecide runs scripts: "decide" gets a group, one line for the group and one
// per instance, and prints what Decide says. Instances begin healthy in their
// role; words on their line change that. "run" carries the actions out on the
// view as a server would and decides again, until nothing is left to do.
func TestDecide(t *testing.T) {
	datadriven.Walk(t, "testdata/decide", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			v := parseView(t, d)
			policy := DefaultPolicy(100)
			switch d.Cmd {
			case "decide":
				return printActions(Decide(v, policy, now()))
			case "run":
				return runToEnd(v, policy)
			}
			d.Fatalf(t, "unknown command %q", d.Cmd)
			return ""
		})
	})
}

func now() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

func printActions(actions []Action) string {
	var b strings.Builder
	for _, a := range actions {
		fmt.Fprintln(&b, a)
	}
	if b.Len() == 0 {
		return "nothing to do\n"
	}
	return b.String()
}

func runToEnd(v View, p Policy) string {
	var b strings.Builder
	for step := 1; step <= 9; step++ {
		actions := Decide(v, p, now())
		fmt.Fprintf(&b, "-- step %d\n%s", step, printActions(actions))
		if !slices.ContainsFunc(actions, func(a Action) bool { return a.Verb != VerbNote }) {
			return b.String()
		}
		for _, a := range actions {
			carryOut(&v, a)
		}
	}
	return b.String() + "-- and so on\n"
}

// carryOut changes the view as the action changes servers and topology.
func carryOut(v *View, a Action) {
	i := v.instance(a.Instance)
	switch a.Verb {
	case VerbConfigure:
		i.Configured = true
	case VerbPrepare:
		i.Schema, i.ReadOnly = true, false
		i.Accounts = accountsOf(v)
	case VerbJoin:
		p := v.instance(a.Source)
		i.Source = &Source{Host: p.Host, Port: p.Port, Receiver: "Yes", Applier: "Yes", Drained: true}
	case VerbStart:
		i.Source.Receiver, i.Source.Applier = "Yes", "Yes"
	case VerbSetAckers:
		v.Group.Ackers = a.Ackers
	case VerbAcknowledge:
		i.SemiSyncReplica = true
	case VerbSilence:
		i.SemiSyncReplica = false
	case VerbWaitForAcks:
		i.SemiSyncSource = true
	case VerbOpen:
		i.ReadOnly, i.Offline, i.Term = false, false, a.Term
		v.Group.Primary, v.Group.Term = a.Instance, a.Term
	case VerbAdmit:
		i.Offline = false
	case VerbReadOnly:
		i.ReadOnly = true
	case VerbFence:
		i.ReadOnly, i.Offline = true, true
	case VerbNote:
	}
}

func accountsOf(v *View) []string {
	names := []string{v.Account}
	for _, r := range v.replicas() {
		names = append(names, ReplicationUser(r.ID))
	}
	return names
}

// parseView reads lines such as
//
//	group primary=a term=7 ackers=b,c
//	a primary
//	b replica stopped
func parseView(t *testing.T, d *datadriven.TestData) View {
	t.Helper()
	v := View{Account: "shardway_p1"}
	lines := strings.Split(strings.TrimSpace(d.Input), "\n")
	for n, line := range lines[1:] {
		words := strings.Fields(line)
		v.Instances = append(v.Instances, Instance{ID: words[0], Role: topology.Role(words[1]), Host: words[0], Port: 3306 + n})
	}
	for _, word := range strings.Fields(lines[0])[1:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "primary":
			v.Group.Primary = value
		case "ackers":
			v.Group.Ackers = strings.Split(value, ",")
		case "term":
			v.Group.Term, _ = strconv.ParseInt(value, 10, 64)
		default:
			d.Fatalf(t, "unknown word %q", word)
		}
	}
	for n, line := range lines[1:] {
		i := &v.Instances[n]
		healthy(&v, i)
		for _, word := range strings.Fields(line)[2:] {
			if !apply(i, word) {
				d.Fatalf(t, "unknown word %q", word)
			}
		}
	}
	return v
}

func healthy(v *View, i *Instance) {
	i.Configured = true
	acking := len(v.Group.Ackers) > 0
	if i.Role == topology.RolePrimary {
		i.Schema, i.Accounts, i.SemiSyncSource, i.Term = true, accountsOf(v), acking, v.Group.Term
		return
	}
	p := &v.Instances[0]
	i.ReadOnly = true
	i.SemiSyncReplica = slices.Contains(v.Group.Ackers, i.ID)
	i.Source = &Source{Host: p.Host, Port: p.Port, Receiver: "Yes", Applier: "Yes", Drained: true}
}

func apply(i *Instance, word string) bool {
	name, value, _ := strings.Cut(word, "=")
	number, _ := strconv.Atoi(value)
	switch name {
	case "new": // a server that nobody has touched yet, as it boots
		i.Facts = Facts{Offline: true, ReadOnly: true, Configured: true}
	case "stock": // a server with the settings that MySQL comes with
		i.Facts = Facts{}
	case "unfit":
		i.Unfit = "gtid_mode is OFF, not ON"
	case "booted": // restarted with its data
		i.Offline, i.ReadOnly, i.SemiSyncSource, i.SemiSyncReplica = true, true, false, false
		if i.Source != nil {
			i.Source.Receiver, i.Source.Applier = "No", "No"
		}
	case "down":
		i.Facts, i.Err = Facts{}, "connection refused"
	case "adopted": // a server with data and clients of its own
		i.Facts = Facts{}
	case "offline":
		i.Offline = true
	case "writable":
		i.ReadOnly = false
	case "readonly":
		i.ReadOnly = true
	case "async":
		i.SemiSyncSource, i.SemiSyncReplica = false, false
	case "acks":
		i.SemiSyncReplica = true
	case "errant":
		i.Errant = value
	case "of":
		i.Source = &Source{Host: value, Port: 1, Receiver: "Yes", Applier: "Yes", Drained: true}
	case "undrained":
		i.Source.Drained = false
	case "connecting":
		i.Source.Receiver, i.Source.ReceiverErrno, i.Source.ReceiverError = "Connecting", 2003, "cannot connect"
	case "receiver-error":
		i.Source.Receiver, i.Source.ReceiverErrno, i.Source.ReceiverError = "No", number, "broken"
	case "applier-error":
		i.Source.Applier, i.Source.ApplierErrno, i.Source.ApplierError = "No", number, "broken"
	case "tried":
		i.StartedAt = now().Add(-time.Duration(number) * time.Second)
	case "term":
		i.Term = int64(number)
	case "no-accounts":
		i.Accounts = nil
	default:
		return false
	}
	return true
}
