package drill

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/topology"
)

// The pauses between two looks, and how long a step may wait for something.
const (
	lookPause  = 20 * time.Millisecond
	closePause = 2 * time.Millisecond // when the moment matters
	stepMax    = 2 * time.Minute
)

// scene is a drill that is being carried out.
type scene struct {
	cluster Cluster
	site    Site
	group   string
	admins  map[string]*admin.Client // by controller
	servers map[string]*sql.DB       // by instance, as administrator
	load    *load
	say     func(format string, args ...any)

	// primary was the group's when the drill began, and chosen is who was found
	// to take over.
	primary, chosen string
	// led is the controller that led when it was lost.
	led string
	// outages are the spans in which something was broken, each to be judged.
	outages []span
	// follow bounds how long replicas may need in the end.
	follow time.Duration
}

type span struct{ from, to time.Time }

func newScene(cluster Cluster, site Site, group string) (*scene, error) {
	s := &scene{cluster: cluster, site: site, group: group, admins: map[string]*admin.Client{}, servers: map[string]*sql.DB{}, follow: followMax}
	for _, c := range site.Controllers {
		s.admins[c.ID] = admin.NewClient(c.Admin, c.Token)
	}
	for _, i := range site.Instances {
		cfg := mysql.NewConfig()
		cfg.Net, cfg.Addr, cfg.User, cfg.Passwd = "tcp", i.Addr, i.User, i.Password
		cfg.TLSConfig, cfg.InterpolateParams, cfg.Logger = "preferred", true, &mysql.NopLogger{}
		cfg.Timeout = 2 * time.Second
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			s.close()
			return nil, err
		}
		s.servers[i.ID] = sql.OpenDB(connector)
	}
	return s, nil
}

func (s *scene) close() {
	if s.load != nil {
		s.load.close()
	}
	for _, db := range s.servers {
		_ = db.Close()
	}
}

// ask calls the admin API of one controller after the other until one answers.
func ask[T any](ctx context.Context, s *scene, call func(ctx context.Context, c *admin.Client) (T, error)) (T, error) {
	var none T
	var errs []error
	for _, c := range s.site.Controllers {
		one, cancel := context.WithTimeout(ctx, time.Second)
		answer, err := call(one, s.admins[c.ID])
		cancel()
		if err == nil {
			return answer, nil
		}
		errs = append(errs, fmt.Errorf("controller %s: %w", c.ID, err))
	}
	return none, errors.Join(errs...)
}

// look returns the group as it is in the topology.
func (s *scene) look(ctx context.Context) (admin.GroupInfo, error) {
	groups, err := ask(ctx, s, func(ctx context.Context, c *admin.Client) ([]admin.GroupInfo, error) { return c.Groups(ctx) })
	if err != nil {
		return admin.GroupInfo{}, err
	}
	for _, g := range groups {
		if g.ID == s.group {
			return g, nil
		}
	}
	return admin.GroupInfo{}, fmt.Errorf("there is no group %s", s.group)
}

// until looks again and again until a condition holds.
func (s *scene) until(ctx context.Context, what string, pause time.Duration, holds func(g admin.GroupInfo) bool) error {
	ctx, cancel := context.WithTimeout(ctx, stepMax)
	defer cancel()
	var last error
	for {
		g, err := s.look(ctx)
		if err == nil && holds(g) {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("in vain, within %s: %s", stepMax, what), last)
		}
	}
}

// leader is the controller that leads.
func (s *scene) leader(ctx context.Context) (Process, error) {
	status, err := ask(ctx, s, func(ctx context.Context, c *admin.Client) (admin.Status, error) { return c.Status(ctx) })
	if err != nil {
		return Process{}, err
	}
	for _, c := range status.Controllers {
		if c.Leads {
			return Process{KindController, c.ID}, nil
		}
	}
	return Process{}, errors.New("no controller leads")
}

// replica is one of the group's replicas at the beginning.
func (s *scene) replica(ctx context.Context) (Process, error) {
	g, err := s.look(ctx)
	if err != nil {
		return Process{}, err
	}
	at := slices.IndexFunc(g.Instances, func(i *topology.Instance) bool { return i.ID != g.Primary })
	if at < 0 {
		return Process{}, fmt.Errorf("group %s has no replica", s.group)
	}
	return Process{KindInstance, g.Instances[at].ID}, nil
}

// writes waits until the lanes are acknowledged again.
func (s *scene) writes(ctx context.Context) error {
	from := s.load.total.Load()
	end := time.After(stepMax)
	for s.load.total.Load() < from+int64(2*len(s.load.lanes)) {
		select {
		case <-time.After(lookPause):
		case <-end:
			return fmt.Errorf("no writes were acknowledged for %s", stepMax)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
