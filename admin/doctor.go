package admin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/shardway/shardway/doctor"
	"github.com/shardway/shardway/topology"
)

// Examination is what the doctor found.
type Examination struct {
	// Servers is how many were looked at.
	Servers  int              `json:"servers"`
	Findings []doctor.Finding `json:"findings"`
}

// Sound reports whether nothing failed; warnings are no failures.
func (e Examination) Sound() bool {
	for _, f := range e.Findings {
		if f.Severity == doctor.Failed {
			return false
		}
	}
	return true
}

func (s *Server) examine(c call, _ nothing) (Examination, error) {
	servers, proxies, err := s.askAll(c)
	if err != nil {
		return Examination{}, err
	}
	sequences, err := s.sequences(c)
	if err != nil {
		return Examination{}, err
	}
	findings := append([]doctor.Finding{}, doctor.Judge(servers, proxies)...)
	return Examination{Servers: len(servers), Findings: append(findings, doctor.JudgeSequences(sequences)...)}, nil
}

// askAll asks all instances at the same time, and counts the proxies.
func (s *Server) askAll(ctx context.Context) ([]doctor.Server, int, error) {
	snap, err := s.opts.Store.Load(ctx)
	if err != nil {
		return nil, 0, err
	}
	proxies, err := s.opts.Store.Members(ctx, topology.KindProxies)
	if err != nil {
		return nil, 0, err
	}
	var servers []doctor.Server
	for _, instance := range sortedValues(snap.Instances) {
		servers = append(servers, doctor.Server{Instance: *instance})
	}
	var all sync.WaitGroup
	for n := range servers {
		all.Go(func() { s.askOne(ctx, &servers[n]) })
	}
	all.Wait()
	return servers, len(proxies), nil
}

func (s *Server) askOne(ctx context.Context, one *doctor.Server) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	conn, err := s.opts.Servers.Instance(ctx, &one.Instance)
	if err == nil {
		defer conn.Close()
		one.Facts, err = doctor.Ask(ctx, conn)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %s", healthTimeout)
	}
	if err != nil {
		one.Facts, one.Err = doctor.Facts{}, err.Error()
	}
}

// cure runs the statements that mend what is found, server by server, and moves
// sequences on. What one server refuses does not keep the others from being mended.
func (s *Server) cure(c call, _ nothing) (Change, error) {
	servers, proxies, err := s.askAll(c)
	if err != nil {
		return Change{}, err
	}
	done := Change{DryRun: c.dryRun}
	for _, f := range doctor.Judge(servers, proxies) {
		if f.Instance == "" || len(f.Fix) == 0 {
			done.Warnings = append(done.Warnings, fmt.Sprintf("%s, %s: %s; %s", f.Where(), f.Check, f.What, f.Mend))
			continue
		}
		n := slices.IndexFunc(servers, func(s doctor.Server) bool { return s.ID == f.Instance })
		if err := s.run(c, &servers[n].Instance, f.Fix); err != nil {
			done.Warnings = append(done.Warnings, fmt.Sprintf("%s, %s: %s; it could not be mended: %s", f.Where(), f.Check, f.What, err))
			continue
		}
		for _, fix := range f.Fix {
			done.Steps = append(done.Steps, f.Instance+": "+fix)
		}
		if f.Restart {
			done.Warnings = append(done.Warnings, fmt.Sprintf("%s must be restarted: %s", f.Instance, f.What))
		}
	}
	err = s.cureSequences(c, &done)
	return done, err
}

func (s *Server) run(c call, instance *topology.Instance, statements []string) error {
	if c.dryRun {
		return nil
	}
	conn, err := s.opts.Servers.Instance(c, instance)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, statement := range statements {
		if _, err := conn.ExecContext(c, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// checkNew examines a server that is to be added, beside those that are there.
// It refuses one that cannot work, and returns what else there is to say.
func (s *Server) checkNew(ctx context.Context, n NewInstance) (warnings []string, err error) {
	servers, proxies, err := s.askAll(ctx)
	if err != nil {
		return nil, err
	}
	one := doctor.Server{Instance: topology.Instance{ID: n.ID, Host: n.Host, Port: n.Port, Role: topology.RoleSpare}}
	if one.Facts, err = s.meet(ctx, n); err != nil {
		return nil, err
	}
	for _, f := range doctor.Judge(append(servers, one), proxies) {
		switch {
		case f.Instance != n.ID:
		case f.Severity == doctor.Failed && len(f.Fix) == 0:
			return nil, &topology.Refused{Code: topology.CodeUnsupported, Message: fmt.Sprintf("%s: %s: %s", n.ID, f.What, f.Why), Hint: f.Mend}
		default:
			warnings = append(warnings, fmt.Sprintf("%s: %s: %s; 'shardway doctor --fix' mends it", n.ID, f.What, f.Why))
		}
	}
	return warnings, nil
}

// Examine looks for what is wrong with the servers.
func (c *Client) Examine(ctx context.Context) (Examination, error) {
	return get[Examination](ctx, c, "/v1/doctor")
}

// Cure mends what can be mended by statements.
func (c *Client) Cure(ctx context.Context, dryRun bool) (Change, error) {
	return c.change(ctx, http.MethodPost, "/v1/doctor", dryRun, nil)
}
