package resolve

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/shardway/shardway/txn"
)

// XID is a branch's name as XA RECOVER gives it.
type XID struct {
	Format int64
	Gtrid  string
	Bqual  string
}

// String prints the XID as XA statements take it, as far as it can be printed.
func (x XID) String() string { return fmt.Sprintf("%q,%q,%d", x.Gtrid, x.Bqual, x.Format) }

// ourFormat is the format id that XA START gives when it is told none.
const ourFormat = 1

// ID takes the name apart; the zero value is none of Shardway's.
func (x XID) ID() txn.ID {
	if x.Format != ourFormat {
		return txn.ID{}
	}
	id, err := txn.Parse(x.Gtrid, x.Bqual)
	if err != nil {
		return txn.ID{}
	}
	return id
}

// Branch is a prepared branch in a group, and what is known of it.
type Branch struct {
	Group string
	XID   XID
	// Age is how long it has been seen prepared.
	Age time.Duration
	// Row is what its home has said; Problem says why it could not be asked.
	Row     Row
	Problem string
}

// recoverXIDs lists the prepared branches of a server.
func recoverXIDs(ctx context.Context, conn *sql.Conn) ([]XID, error) {
	rows, err := conn.QueryContext(ctx, "XA RECOVER")
	if err != nil {
		return nil, fmt.Errorf("XA RECOVER: %w", err)
	}
	defer rows.Close()
	var list []XID
	for rows.Next() {
		var x XID
		var gtrid, bqual int
		var data []byte
		if err := rows.Scan(&x.Format, &gtrid, &bqual, &data); err != nil {
			return nil, fmt.Errorf("XA RECOVER: %w", err)
		}
		if gtrid < 0 || bqual < 0 || gtrid+bqual > len(data) {
			return nil, fmt.Errorf("XA RECOVER: lengths %d and %d for %d bytes", gtrid, bqual, len(data))
		}
		x.Gtrid, x.Bqual = string(data[:gtrid]), string(data[gtrid:gtrid+bqual])
		list = append(list, x)
	}
	return list, rows.Err()
}
