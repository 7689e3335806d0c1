package reshard

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	driver "github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/topology"
)

// upToDate makes sure, before anything is copied, locked out or dropped, that no
// group has followed a later turn of the move than etcd knows of. Where etcd was
// restored from an older state, what it takes for the copy is what clients wrote
// to last.
func (t *task) upToDate(ctx context.Context, k *topology.Keyspace) error {
	if t.seen.upToDate {
		return nil
	}
	groups := slices.Concat(topology.GroupsOf(k.Move.From), topology.GroupsOf(k.Move.To))
	slices.Sort(groups)
	for _, group := range slices.Compact(groups) {
		turn := 0
		err := t.onPrimary(ctx, group, func(ctx context.Context, conn *sql.Conn, _ string) (err error) {
			turn, err = latestTurn(ctx, conn, k.Move.ID)
			return err
		})
		if err != nil {
			return err
		}
		if turn > k.Move.Turns {
			return fmt.Errorf("group %s has followed turn %d of this move, and etcd knows of %d: etcd was restored from an older state, and what it takes for the copy "+
				"is what clients wrote to last; nothing is done before a later state is restored", group, turn, k.Move.Turns)
		}
	}
	t.seen.upToDate = true
	return nil
}

// latestTurn is the latest turn of a move of which flows have stored anything on a server.
func latestTurn(ctx context.Context, conn *sql.Conn, move string) (turn int, err error) {
	err = conn.QueryRowContext(ctx, "SELECT COALESCE(MAX(CAST(SUBSTRING(job, ?) AS UNSIGNED)), 0) FROM _shardway.reshard_position WHERE job LIKE ?",
		len(move)+2, move+"-%").Scan(&turn)
	var refused *driver.MySQLError
	if errors.As(err, &refused) && (refused.Number == mysql.ErNoSuchTable || refused.Number == mysql.ErBadDB) {
		return 0, nil
	}
	return turn, err
}
