package reshard

import (
	"context"
	"fmt"
	"strings"

	"github.com/shardway/shardway/topology"
)

// Verb is what an operator asks of a move.
type Verb string

// The verbs.
const (
	// VerbSwitch has the new shards serve, VerbReverse the old ones again.
	VerbSwitch  Verb = "switch"
	VerbReverse Verb = "reverse"
	// VerbComplete drops the old shards' rows, VerbCancel the new ones'.
	VerbComplete Verb = "complete"
	VerbCancel   Verb = "cancel"
	// VerbVerify compares all rows once more; VerbResume goes on after a stop.
	VerbVerify Verb = "verify"
	VerbResume Verb = "resume"
)

// carryOut does it, in the task's goroutine.
func (t *task) carryOut(ctx context.Context, k *topology.Keyspace, verb Verb, dryRun bool) ([]string, error) {
	switch verb {
	case VerbSwitch, VerbReverse:
		return t.changeSides(ctx, k, verb == VerbSwitch, dryRun)
	case VerbComplete:
		return t.complete(ctx, k, dryRun)
	case VerbCancel:
		steps := []string{"drop what was copied to " + strings.Join(topology.GroupsOf(k.Move.To), ", ")}
		edit := func(d *topology.Draft) error { return cancelMove(d, t.keyspace, k.Move.ID) }
		if dryRun {
			d := t.mover.opts.Source.Current().Edit()
			return steps, edit(d)
		}
		return steps, t.update(ctx, edit)
	case VerbVerify:
		if t.comparing != nil || len(t.running()) == 0 || k.Move.Stopped != "" {
			return nil, inUse(k.Name, "rows are being compared already, or nothing follows at the moment")
		}
		if !dryRun {
			t.compare(ctx)
		}
		return []string{"compare all rows; 'shardway reshard status " + k.Name + "' shows when that was last done"}, nil
	case VerbResume:
		if k.Move.Stopped == "" {
			return nil, inUse(k.Name, "the move has not stopped")
		}
		if !dryRun {
			t.endFlows()
			return nil, t.advance(ctx, k.Move, "resumed", func(m *topology.Move) { m.Stopped = "" })
		}
		return []string{"go on from where it stopped"}, nil
	}
	return nil, &topology.Refused{Code: topology.CodeInvalid, Message: fmt.Sprintf("%q is nothing that can be done with a move", verb)}
}

func inUse(keyspace, why string) error {
	return &topology.Refused{Code: topology.CodeInUse, Message: fmt.Sprintf("keyspace %s: %s", keyspace, why), Hint: "'shardway reshard status " + keyspace + "' shows how far it is"}
}

// side names what serves when a move is switched, or when it is not.
func side(m *topology.Move, switched bool) string {
	switch {
	case m.Kind == topology.MoveTable && switched:
		return "table " + m.Table.New.Name + " of keyspace " + m.Table.Keyspace
	case m.Kind == topology.MoveTable:
		return "table " + m.Table.Old.Name + " where it was"
	case m.Table != nil && switched:
		return "the sharded table " + m.Table.New.Name
	case m.Table != nil:
		return "the single table " + m.Table.Old.Name
	case switched:
		return strings.Join(topology.GroupsOf(m.To), ", ")
	}
	return strings.Join(topology.GroupsOf(m.From), ", ")
}

// changeSides switches to the new shards, or back.
func (t *task) changeSides(ctx context.Context, k *topology.Keyspace, toNew, dryRun bool) ([]string, error) {
	if k.Move.Switched == toNew {
		return nil, inUse(k.Name, "clients are served by "+side(k.Move, k.Move.Switched)+" already")
	}
	if dryRun {
		return []string{
			fmt.Sprintf("proxies hold what would begin on %s, for at most %s", strings.Join(k.Move.Held(), ", "), t.mover.opts.Limits.Pause),
			fmt.Sprintf("what is open there gets %s, then it is cut", t.mover.opts.Limits.Grace),
			fmt.Sprintf("clients are served by %s, and %s follows", side(k.Move, !k.Move.Switched), side(k.Move, k.Move.Switched)),
		}, t.ready(ctx, k)
	}
	if err := t.turn(ctx, k); err != nil {
		return nil, err
	}
	after := t.mover.opts.Source.Current().Keyspaces[t.keyspace]
	if after == nil || after.Move == nil {
		return nil, nil
	}
	return []string{
		fmt.Sprintf("clients of %s are served by %s", k.Name, side(after.Move, after.Move.Switched)),
		"timeline of the pause: " + after.Move.PauseTimeline(),
	}, nil
}

// complete has the old shards' rows dropped.
func (t *task) complete(ctx context.Context, k *topology.Keyspace, dryRun bool) ([]string, error) {
	steps := []string{"drop " + k.Name + " on " + side(k.Move, false) + "; there is no way back afterwards"}
	if k.Move.Table != nil {
		steps = []string{"drop " + side(k.Move, false) + "; there is no way back afterwards"}
	}
	switch {
	case !k.Move.Switched:
		return nil, inUse(k.Name, "clients are served by the old shards; switch first, or cancel")
	case k.Move.Phase != topology.MoveFollowing:
		return nil, inUse(k.Name, "it is "+string(k.Move.Phase))
	case dryRun:
		return steps, nil
	}
	return steps, t.advance(ctx, k.Move, "complete", func(m *topology.Move) { m.Phase, m.Stopped = topology.MoveCompleting, "" })
}
