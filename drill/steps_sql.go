package drill

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"
)

// How often a cut is made again while it lasts: a controller may mend it.
const cutAgain = 200 * time.Millisecond

// loseReplicas keeps all replicas from the primary, which everybody else
// reaches, for as long as some steps take: their accounts are locked there, not
// in the binary log, and their connections ended, again and again.
func loseReplicas(meanwhile ...Step) Step {
	does := together("cut the primary from its replicas", meanwhile)
	return Step{does + ", let them reach it again", func(ctx context.Context, s *scene) error {
		c := &cut{db: s.servers[s.primary], accounts: map[string]bool{}, stop: make(chan struct{}), done: make(chan struct{})}
		if err := c.again(ctx); err != nil {
			return err
		}
		s.say("%s is cut from its replicas", s.primary)
		go c.last(context.WithoutCancel(ctx))
		id := s.primary
		return s.during(ctx, func(ctx context.Context) error {
			s.say("replicas reach %s again", id)
			return c.heal(ctx)
		}, meanwhile)
	}}
}

// cut is replicas that are kept from a server.
type cut struct {
	db         *sql.DB
	accounts   map[string]bool
	stop, done chan struct{}
}

func (c *cut) last(ctx context.Context) {
	defer close(c.done)
	for !isClosed(c.stop) {
		wait(c.stop, cutAgain)
		_ = c.again(ctx) // the server may be closed meanwhile; what was done stays
	}
}

// again locks the accounts that replicate, and ends their connections.
func (c *cut) again(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer discard(conn)
	rows, err := conn.QueryContext(ctx, "SELECT id, user FROM performance_schema.processlist WHERE command LIKE 'Binlog Dump%'")
	if err != nil {
		return err
	}
	defer rows.Close()
	var threads []int64
	for rows.Next() {
		var id int64
		var user string
		if err := rows.Scan(&id, &user); err != nil {
			return err
		}
		threads = append(threads, id)
		c.accounts[user] = true
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := c.each(ctx, conn, "LOCK"); err != nil {
		return err
	}
	for _, id := range threads {
		_, _ = conn.ExecContext(ctx, "KILL "+strconv.FormatInt(id, 10)) // it may be gone
	}
	return nil
}

func (c *cut) each(ctx context.Context, conn *sql.Conn, what string) error {
	if _, err := conn.ExecContext(ctx, "SET SESSION sql_log_bin = OFF"); err != nil {
		return err
	}
	for account := range c.accounts {
		if _, err := conn.ExecContext(ctx, fmt.Sprintf("ALTER USER '%s'@'%%' ACCOUNT %s", account, what)); err != nil {
			return err
		}
	}
	return nil
}

// heal unlocks the accounts; the server may take no writes any more.
func (c *cut) heal(ctx context.Context) error {
	close(c.stop)
	<-c.done
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	for {
		err := c.unlock(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx, cutAgain) != nil {
			return fmt.Errorf("let replicas in again: %w", err)
		}
	}
}

func (c *cut) unlock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := c.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer discard(conn)
	var readOnly bool
	if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.super_read_only").Scan(&readOnly); err != nil {
		return err
	}
	if readOnly {
		if _, err := conn.ExecContext(ctx, "SET GLOBAL super_read_only = OFF"); err != nil {
			return err
		}
		defer func() { _, _ = conn.ExecContext(ctx, "SET GLOBAL super_read_only = ON") }()
	}
	return c.each(ctx, conn, "UNLOCK")
}

// saturate has the primary let nobody in any more, for as long as some steps
// take, and ends the connections of whoever has administrator's rights there:
// the controller's.
func saturate(meanwhile ...Step) Step {
	does := together("have the primary refuse every new connection (1040)", meanwhile)
	return Step{does + ", let them in again", func(ctx context.Context, s *scene) (err error) {
		db := s.servers[s.primary]
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer discard(conn)
		var most int
		if err := conn.QueryRowContext(ctx, "SELECT @@GLOBAL.max_connections").Scan(&most); err != nil {
			return err
		}
		// One more than that is let in, an administrator: that is taken, too.
		if _, err := conn.ExecContext(ctx, "SET GLOBAL max_connections = 10"); err != nil {
			return err
		}
		s.say("%s lets nobody in", s.primary)
		return s.during(ctx, func(ctx context.Context) error {
			s.say("%s lets clients in", s.primary)
			_, err := conn.ExecContext(ctx, "SET GLOBAL max_connections = "+strconv.Itoa(most))
			return err
		}, append([]Step{{Does: "end the administrators' connections", do: func(ctx context.Context, s *scene) error {
			return endAdministrators(ctx, conn, s.user(s.primary))
		}}}, meanwhile...))
	}}
}

// endAdministrators ends the connections of an account, but for this one.
func endAdministrators(ctx context.Context, conn *sql.Conn, user string) error {
	rows, err := conn.QueryContext(ctx, "SELECT id FROM performance_schema.processlist WHERE user = ? AND id <> CONNECTION_ID()", user)
	if err != nil {
		return err
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	for _, id := range ids {
		_, _ = conn.ExecContext(ctx, "KILL "+strconv.FormatInt(id, 10))
	}
	return rows.Err()
}

func (s *scene) user(instance string) string {
	for _, i := range s.site.Instances {
		if i.ID == instance {
			return i.User
		}
	}
	return ""
}

// longTransaction keeps a transaction open on the group while steps go on, and
// then sees to it that it was rolled back and its client told so.
func longTransaction(meanwhile ...Step) Step {
	does := together("open a transaction", meanwhile)
	return Step{does + ", and look at what became of it", func(ctx context.Context, s *scene) error {
		conn, err := s.load.proxies[0].Conn(ctx)
		if err != nil {
			return err
		}
		defer discard(conn)
		key := s.load.spare
		for _, statement := range []string{"BEGIN", fmt.Sprintf("INSERT INTO tally VALUES (%d, 1)", key)} {
			if _, err := conn.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("%s: %w", statement, err)
			}
		}
		return s.during(ctx, func(ctx context.Context) error {
			_, err := conn.ExecContext(ctx, fmt.Sprintf("UPDATE tally SET n = 2 WHERE lane = %d", key))
			if err == nil {
				_, err = conn.ExecContext(ctx, "COMMIT")
			}
			s.say("the transaction that was open all the time is told: %v", err)
			if err == nil {
				return fmt.Errorf("%w: a transaction outlived the primary that it was open on", errBroken)
			}
			if class := className(err); class != "error 1213" {
				return fmt.Errorf("%w: a transaction that a switchover ended was told %q (%w), not 1213", errBroken, class, err)
			}
			return nil
		}, meanwhile)
	}}
}
