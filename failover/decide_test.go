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
	v.Instances = slices.Clone(v.Instances)
	i := v.instance(a.Instance)
	switch a.Verb {
	case VerbConfigure:
		i.Configured, i.SyncsRelay = true, true
	case VerbHurry:
		i.SyncsRelay = false
	case VerbPrepare:
		i.Schema, i.ReadOnly = true, false
		i.Accounts = accountsOf(v)
	case VerbJoin:
		p := v.instance(a.Source)
		i.Source = &Source{Host: p.Host, Port: p.Port, Receiver: "Yes", Applier: "Yes", Drained: true}
	case VerbFollow:
		p := v.instance(a.Source)
		i.Source.Host, i.Source.Port, i.Source.Receiver = p.Host, p.Port, "Yes"
	case VerbStart:
		i.Source.Receiver, i.Source.Applier = "Yes", "Yes"
	case VerbSetAckers:
		v.Group.Ackers = a.Ackers
	case VerbAcknowledge:
		i.SemiSyncReplica, i.Acknowledging = true, true
	case VerbSilence:
		i.SemiSyncReplica, i.Acknowledging = false, false
	case VerbShutOut:
		i.Locked = append(slices.Clone(i.Locked), ReplicationUser(a.Replica))
		i.Connected = nil
		v.instance(a.Replica).Needed = i.Executed
	case VerbLetIn:
		i.Locked = slices.DeleteFunc(slices.Clone(i.Locked), func(u string) bool { return u == ReplicationUser(a.Replica) })
	case VerbWaitForAcks:
		i.SemiSyncSource = true
	case VerbOpen:
		i.ReadOnly, i.Offline, i.Term = false, false, a.Term
		v.Group.Primary, v.Group.Term, v.Group.Operation = a.Instance, a.Term, nil
		v.Group.Ackers = slices.DeleteFunc(slices.Clone(v.Group.Ackers), func(id string) bool {
			return id == a.Instance || !v.Group.Promises().MayAcknowledge(i.Zone, v.instance(id).Zone)
		})
		for n := range v.Instances {
			v.Instances[n].Role = topology.RoleReplica
		}
		i.Role = topology.RolePrimary
	case VerbWaitForNone:
		i.SemiSyncSource = false
	case VerbAdmit:
		i.Offline = false
	case VerbClose:
		i.Offline = true
	case VerbReadOnly:
		i.ReadOnly = true
	case VerbFence:
		i.ReadOnly, i.Offline, i.SemiSyncReplica, i.Acknowledging = true, true, false, false
	case VerbDemote:
		i.ReadOnly, i.Offline, i.SemiSyncSource = true, true, false
	case VerbStopReceiver:
		i.Source.Receiver = "No"
	case VerbStartApplier:
		i.Source.Applier = "Yes"
	case VerbSkipHalf:
		s := *i.Source
		s.Receiver, s.Applier, s.ApplierErrno, s.ByPosition = "No", "Yes", 0, true
		i.Source, i.SkippedAt = &s, now()
	case VerbDetach:
		i.Source, i.Offline, i.SemiSyncReplica = nil, true, false
	case VerbBegin, VerbAdvance, VerbAnnounce:
		v.Group.Operation = a.Operation
	case VerbEnd:
		v.Group.Operation = nil
	case VerbWork:
		i.Job = a.Job
	case VerbDone:
		i.Job = nil
		if a.Job.Kind == topology.InstanceRemove {
			v.Instances = slices.DeleteFunc(v.Instances, func(i Instance) bool { return i.ID == a.Instance })
		}
	case VerbClone:
		i.Clone, i.Executed, i.Errant = &Clone{Began: "then", State: "Completed"}, v.instance(a.Source).Executed, ""
	case VerbSettle:
		i.Source = nil
	case VerbRelease:
		i.Source, i.Offline, i.ReadOnly, i.SemiSyncReplica, i.Acknowledging = nil, true, true, false, false
	case VerbForget:
		i.Accounts = slices.DeleteFunc(slices.Clone(i.Accounts), func(u string) bool { return u == ReplicationUser(a.Replica) })
	case VerbNote, VerbRotate:
	}
}

func accountsOf(v *View) []string {
	names := []string{v.Account, DefinerUser}
	for _, i := range v.Instances {
		if len(v.Instances) > 1 {
			names = append(names, ReplicationUser(i.ID))
		}
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
	v.Group.ID = "g1"
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
		case "op":
			v.Group.Operation = parseOperation(value)
		case "beat":
			late, state, _ := strings.Cut(value, ":")
			seconds, _ := strconv.Atoi(late)
			v.BeatSince, v.BeatState = now().Add(-time.Duration(seconds)*time.Second), strings.ReplaceAll(state, "_", " ")
		case "failed-over":
			seconds, _ := strconv.Atoi(value)
			v.FailedOver = now().Add(-time.Duration(seconds) * time.Second)
		case "durability":
			v.Group.Durability = topology.Durability(value)
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

// parseOperation reads kind:phase:from:to:needed:age, where needed is as in
// has= and age in seconds since its last step.
func parseOperation(text string) *topology.Operation {
	f := append(strings.Split(text, ":"), "", "", "", "")
	o := &topology.Operation{
		ID: "1", Kind: topology.OperationKind(f[0]), Phase: topology.OperationPhase(f[1]), From: f[2], To: f[3],
		AllowLoss: strings.Contains(text, "loss"),
	}
	if o.Phase == topology.PhasePromote {
		o.Term = 50
	}
	if f[4] != "" && f[4] != "loss" {
		o.Needed = gtids(f[4])
	}
	age, _ := strconv.Atoi(f[5])
	return o.With("x", now().Add(-time.Duration(age)*time.Second))
}

// gtids are transactions of one server: "5" stands for the first five.
func gtids(last string) string { return "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-" + last }

func healthy(v *View, i *Instance) {
	i.Configured, i.SyncsRelay, i.Executed, i.HeardAt = true, true, gtids("5"), now()
	acking := len(v.Group.Ackers) > 0
	if i.Role == topology.RolePrimary {
		i.Schema, i.Accounts, i.SemiSyncSource, i.Term = true, accountsOf(v), acking, v.Group.Term
		return
	}
	p := &v.Instances[0]
	i.ReadOnly, i.Schema, i.Accounts = true, true, accountsOf(v)
	i.SemiSyncReplica = slices.Contains(v.Group.Ackers, i.ID)
	i.Acknowledging = i.SemiSyncReplica
	i.Source = &Source{Host: p.Host, Port: p.Port, Receiver: "Yes", Applier: "Yes", Drained: true, Retrieved: gtids("5")}
	i.Owed = new(gtids("5"))
}

// refuses has an instance answer with an error: it takes nobody more, or has no
// room to answer.
func (i *Instance) refuses(full bool) {
	i.Facts, i.Err, i.Refused, i.Full = Facts{}, "Error 1040: Too many connections", true, full
	if full {
		i.Err = "Error 1114: The table is full"
	}
}

func apply(i *Instance, word string) bool {
	name, value, _ := strings.Cut(word, "=")
	number, _ := strconv.Atoi(value)
	switch name {
	case "new": // a server that nobody has touched yet, as it boots
		i.Facts = Facts{Offline: true, ReadOnly: true, Configured: true, SyncsRelay: true}
	case "stock": // a server with the settings that MySQL comes with
		i.Facts = Facts{}
	case "unfit":
		i.Unfit = "gtid_mode is OFF, not ON"
	case "booted": // restarted with its data
		i.Offline, i.ReadOnly, i.SemiSyncSource, i.SemiSyncReplica, i.Acknowledging = true, true, false, false, false
		if i.Source != nil {
			i.Source.Receiver, i.Source.Applier = "No", "No"
		}
	case "down":
		i.Facts, i.Err, i.DownSince = Facts{}, "connection refused", now().Add(-time.Duration(number)*time.Second)
	case "refuses", "full":
		i.refuses(name == "full")
	case "deaf":
		i.HeardAt = now().Add(-time.Duration(number) * time.Second)
	case "has": // executed, and received
		i.Executed = gtids(value)
		if i.Source != nil {
			i.Source.Retrieved = gtids(value)
		}
	case "owed": // what its source had executed at the look before
		i.Owed = new(gtids(value))
	case "joins": // and was not connected to it by then
		i.Owed = nil
	case "free": // closed, and nobody's replica
		i.Source, i.Offline, i.ReadOnly = nil, true, true
	case "was-primary": // open, and waits for acknowledgements
		i.Source, i.Offline, i.ReadOnly, i.SemiSyncSource = nil, false, false, true
	case "uuid-b", "uuid-c": // a transaction that nobody else has
		i.Executed += "," + strings.Repeat(name[5:], 8) + "-71ca-11e1-9e33-c80aa9429562:1"
	case "drained":
		i.Drained = true
	case "job": // kind:phase:donor
		f := append(strings.Split(value, ":"), "", "")
		i.Job = &topology.InstanceJob{Kind: topology.InstanceJobKind(f[0]), Phase: topology.InstanceJobPhase(f[1]), Donor: f[2], Before: "before"}
	case "clone": // when:state
		began, state, _ := strings.Cut(value, ":")
		i.Clone = &Clone{Began: began, State: strings.ReplaceAll(state, "_", " "), Error: "3862 no"}
	case "copying":
		i.Copying = true
	case "zone":
		i.Zone = value
	case "demoted":
		i.DemotedAt = now().Add(-time.Duration(number) * time.Second)
	case "adopted": // a server with data and clients of its own
		i.Facts = Facts{}
	case "offline":
		i.Offline = true
	case "writable", "readonly":
		i.ReadOnly = name == "readonly"
	case "async":
		i.SemiSyncSource, i.SemiSyncReplica, i.Acknowledging = false, false, false
	case "acks":
		i.SemiSyncReplica, i.Acknowledging = true, true
	case "mute": // switched on, and its receiver had begun before
		i.Acknowledging = false
	case "still-acks": // switched off, and its receiver goes on
		i.SemiSyncReplica, i.Acknowledging = false, true
	case "locks": // on a primary: whose account is locked
		i.Locked = append(i.Locked, ReplicationUser(value))
	case "connected": // and who has a session
		i.Connected = append(i.Connected, ReplicationUser(value))
	case "needed": // before it is struck off
		i.Needed = gtids(value)
	case "errant":
		i.Errant = value
	case "of":
		i.Source = &Source{Host: value, Port: 1, Receiver: "Yes", Applier: "Yes", Drained: true}
	case "skipped":
		i.SkippedAt = now().Add(-time.Duration(number) * time.Second)
	case "tried":
		i.StartedAt = now().Add(-time.Duration(number) * time.Second)
	case "term": // number:who
		number, who, _ := strings.Cut(value, ":")
		i.Term, _ = strconv.ParseInt(number, 10, 64)
		i.TermOf = who
	case "no-schema": // or that of an older release
		i.Schema = false
	case "no-accounts":
		i.Accounts = nil
	default:
		return applyRelay(i, name, value)
	}
	return true
}

// applyRelay is apply for the words about what a replica receives and applies.
func applyRelay(i *Instance, name, value string) bool {
	number, _ := strconv.Atoi(value)
	switch name {
	case "got": // received, not applied
		i.Source.Retrieved, i.Source.Drained = gtids(value), false
	case "stopped":
		i.Source.Receiver = "No"
	case "applier-off":
		i.Source.Applier = "No"
	case "unsynced": // in a hurry
		i.SyncsRelay = false
	case "synced-at": // what it had got then
		i.Unsynced = gtids(value)
	case "undrained":
		i.Source.Drained = false
	case "connecting":
		i.Source.Receiver, i.Source.ReceiverErrno, i.Source.ReceiverError = "Connecting", 2003, "cannot connect"
	case "receiver-error":
		i.Source.Receiver, i.Source.ReceiverErrno, i.Source.ReceiverError = "No", number, "broken"
	case "applier-error":
		i.Source.Applier, i.Source.ApplierErrno, i.Source.ApplierError = "No", number, "broken"
	case "by-position": // behind the half that was skipped
		i.Source.ByPosition, i.Source.Receiver, i.Source.Drained = true, "No", false
	default:
		return false
	}
	return true
}
