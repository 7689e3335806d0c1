package binlog

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/shardway/shardway/mysql"
)

const (
	memoryMaxDefault = 16 << 20
	patienceDefault  = 2 * time.Minute
	// heartbeat is how often an idle server says that it is there; silentMax is
	// when the connection counts as broken.
	heartbeat   = 5 * time.Second
	silentMax   = 20 * time.Second
	dialTimeout = 5 * time.Second
	// eventsAhead bounds the events that are received but not looked at.
	eventsAhead = 16
	// errMasterFatal is what a server says to a position that it cannot serve.
	errMasterFatal = 1236
	errAccess      = 1045
)

// Options say which server to read and within which bounds. The server may be
// a primary or a replica that logs what it applies.
type Options struct {
	Addr           string // host:port
	User, Password string
	TLS            *tls.Config // used if set
	// MemoryMax bounds the bytes of events kept in memory, over the transaction
	// being received and all held branches; 0 means 16 MiB. What is more is
	// kept in files without a name in Dir.
	MemoryMax int64
	Dir       string // empty means the system's folder for temporary files
	// Patience bounds how long the stream tries to connect without receiving
	// anything; 0 means two minutes.
	Patience time.Duration
}

// Stream reads one server's binary log. It is used by one goroutine.
type Stream struct {
	o Options
	// delivered is what the consumer has seen; a prepared branch is not part
	// of it until it is decided.
	delivered mysql.GTIDSet
	assembler assembler
}

// NewStream makes a stream that begins behind position: it delivers what the
// server has executed and position does not contain.
func NewStream(o Options, position mysql.GTIDSet) *Stream {
	if o.MemoryMax <= 0 {
		o.MemoryMax = memoryMaxDefault
	}
	if o.Patience <= 0 {
		o.Patience = patienceDefault
	}
	return &Stream{o: o, delivered: position, assembler: assembler{budget: &budget{max: o.MemoryMax, dir: o.Dir}}}
}

// Position returns what has been delivered: where another stream may go on
// without loss, open XA branches included.
func (s *Stream) Position() mysql.GTIDSet { return s.delivered }

// Run calls deliver for each transaction, in the order of the binary log, until
// ctx ends, deliver fails, or the log cannot be read. A transaction is valid
// until deliver returns. Broken connections are made again.
func (s *Stream) Run(ctx context.Context, deliver func(*Transaction) error) error {
	defer s.assembler.close()
	retry := retry{patience: s.o.Patience, since: time.Now()}
	for {
		heard, progress, err := s.connection(ctx, deliver)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if final(err) {
			return err
		}
		wait, giveUp := retry.next(heard, progress, time.Now())
		if giveUp {
			return fmt.Errorf("binary log of %s: nothing received for %v: %w", s.o.Addr, s.o.Patience, err)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
}

// consumerError is what deliver returned.
type consumerError struct{ error }

func (e consumerError) Unwrap() error { return e.error }

// final reports whether connecting again cannot help.
func final(err error) bool {
	var unreadable *UnreadableError
	var consumer consumerError
	var login *mysql.Error
	var server *gomysql.MyError
	switch {
	case errors.As(err, &unreadable), errors.As(err, &consumer):
		return true
	case errors.As(err, &login):
		return login.Code == errAccess
	case errors.As(err, &server):
		return server.Code == errMasterFatal || server.Code == errAccess
	}
	return false
}

// connection reads until the connection or deliver fails, and reports whether
// it received any event, and a whole transaction.
func (s *Stream) connection(ctx context.Context, deliver func(*Transaction) error) (heard, progress bool, err error) {
	s.assembler.cut()
	// Held branches are in memory: their PREPARE need not come again.
	position := s.assembler.withHeld(s.delivered)
	if err := s.check(ctx, position); err != nil {
		return false, false, err
	}
	set, err := gomysql.ParseMysqlGTIDSet(position.String())
	if err != nil {
		return false, false, &UnreadableError{Reason: fmt.Sprintf("position %s: %v", position, err)}
	}
	config, err := s.config()
	if err != nil {
		return false, false, err
	}
	syncer := replication.NewBinlogSyncer(config)
	defer syncer.Close()
	events, err := syncer.StartSyncGTID(set)
	if err != nil {
		return false, false, fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
	}
	for {
		event, err := events.GetEvent(ctx)
		if err != nil {
			return heard, progress, fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
		}
		heard = true
		tx, err := s.assembler.event(event.Header.EventType, event.RawData)
		if err != nil {
			return heard, progress, fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
		}
		if tx == nil {
			continue
		}
		progress = true
		err = deliver(tx)
		tx.close()
		if err != nil {
			return heard, progress, consumerError{err}
		}
		for _, id := range tx.GTIDs {
			s.delivered = s.delivered.Add(id)
		}
	}
}

func (s *Stream) config() (replication.BinlogSyncerConfig, error) {
	host, portText, err := net.SplitHostPort(s.o.Addr)
	if err != nil {
		return replication.BinlogSyncerConfig{}, &UnreadableError{Reason: err.Error()}
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return replication.BinlogSyncerConfig{}, &UnreadableError{Reason: err.Error()}
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return replication.BinlogSyncerConfig{
		// A replica's id must be nobody else's on this server.
		ServerID: rand.Uint32() | 1<<31, Flavor: gomysql.MySQLFlavor,
		Host: host, Port: uint16(port), User: s.o.User, Password: s.o.Password, TLSConfig: s.o.TLS,
		RawModeEnabled: true, VerifyChecksum: true, DisableRetrySync: true, DiscardGTIDSet: true,
		HeartbeatPeriod: heartbeat, ReadTimeout: silentMax, EventCacheCount: eventsAhead,
		Dialer: dialer.DialContext, Logger: slog.New(slog.DiscardHandler),
	}, nil
}

// check refuses a server that has not executed all of position, for as long as
// that is so: a replica may lag, and one that lost transactions must not serve.
func (s *Stream) check(ctx context.Context, position mysql.GTIDSet) error {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	backend, err := mysql.DialBackend(ctx, s.o.Addr, mysql.DialOptions{User: s.o.User, Password: s.o.Password, TLS: s.o.TLS})
	if err != nil {
		return fmt.Errorf("binary log of %s: %w", s.o.Addr, err)
	}
	defer func() { _ = backend.Close() }()
	return s.executed(ctx, backend, position)
}
