package admin

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/shardway/shardway/topology"
)

const (
	// anonymousTimeout bounds waiting for transactions without a GTID to end.
	anonymousTimeout = time.Minute
	anonymousPause   = 100 * time.Millisecond
)

// gtidStep is one step of turning GTIDs on while the server is in use
// (reference manual, "Enabling GTID Transactions Online").
type gtidStep struct {
	statement string
	// drains: before it, transactions without a GTID must have ended.
	drains bool
}

// gtidSteps are the steps from a gtid_mode to ON. A step that is taken again
// changes nothing.
func gtidSteps(mode string) []gtidStep {
	steps := []gtidStep{{statement: "SET PERSIST enforce_gtid_consistency = ON"}}
	switch mode {
	case "OFF":
		steps = append(steps, gtidStep{statement: "SET PERSIST gtid_mode = OFF_PERMISSIVE"})
		fallthrough
	case "OFF_PERMISSIVE":
		steps = append(steps, gtidStep{statement: "SET PERSIST gtid_mode = ON_PERMISSIVE"})
		fallthrough
	case "ON_PERMISSIVE":
		steps = append(steps, gtidStep{statement: "SET PERSIST gtid_mode = ON", drains: true})
	}
	return steps
}

func (s gtidStep) run(ctx context.Context, conn *sql.Conn) error {
	if s.drains {
		if err := awaitNoAnonymous(ctx, conn); err != nil {
			return err
		}
	}
	if _, err := conn.ExecContext(ctx, s.statement); err != nil {
		return &topology.Refused{
			Code: topology.CodeUnsupported, Message: fmt.Sprintf("turning GTIDs on stopped at %q: %s", s.statement, err),
			Hint: "end what the server names, then adopt again: it goes on from there",
		}
	}
	return nil
}

// awaitNoAnonymous waits until no transaction without a GTID is under way.
func awaitNoAnonymous(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, anonymousTimeout)
	defer cancel()
	for {
		var name string
		var ongoing int
		const query = "SHOW GLOBAL STATUS LIKE 'Ongoing_anonymous_transaction_count'"
		if err := conn.QueryRowContext(ctx, query).Scan(&name, &ongoing); err != nil {
			return fmt.Errorf("turn GTIDs on: %w", err)
		}
		if ongoing == 0 {
			return nil
		}
		select {
		case <-time.After(anonymousPause):
		case <-ctx.Done():
			return &topology.Refused{
				Code: topology.CodeUnavailable, Message: fmt.Sprintf("%d transactions without a GTID do not end", ongoing),
				Hint: "end them, then adopt again: it goes on from there",
			}
		}
	}
}
