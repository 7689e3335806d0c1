package binlog

import (
	"context"
	"fmt"
	"time"

	"github.com/shardway/shardway/mysql"
)

// executed returns an error unless the server has executed all of position.
func (s *Stream) executed(ctx context.Context, backend *mysql.Backend, position mysql.GTIDSet) error {
	stop := context.AfterFunc(ctx, func() { _ = backend.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	result, err := backend.Query("SELECT @@GLOBAL.gtid_executed, @@GLOBAL.binlog_row_metadata")
	if err != nil {
		return fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
	}
	if metadata := result.Value(0, 1); metadata != "FULL" {
		return &UnreadableError{Reason: "binlog_row_metadata is " + metadata + ", it must be FULL"}
	}
	executed, err := mysql.ParseGTIDSet(result.Value(0, 0))
	if err != nil {
		return fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
	}
	if !executed.Contains(position) {
		return fmt.Errorf("binary log of %s: the server has executed %s and lacks a part of the position %s", s.o.Addr, executed, position)
	}
	return nil
}
