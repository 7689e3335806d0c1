package drill

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// etcdMax bounds a question to a member of etcd, and newClientMax what a client
// that comes needs until it has written.
const (
	etcdMax      = 2 * time.Second
	newClientMax = 10 * time.Second
)

// etcdStatus is what a member of etcd says of itself.
type etcdStatus struct {
	Header struct {
		Member string `json:"member_id"`
	} `json:"header"`
	Leader string `json:"leader"`
}

// leads reports whether a member of etcd says that it leads the others.
func (e Etcd) leads(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, etcdMax)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL+"/v3/maintenance/status", strings.NewReader("{}"))
	if err != nil {
		return false, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	var status etcdStatus
	if err := json.NewDecoder(answer.Body).Decode(&status); err != nil {
		return false, fmt.Errorf("%s, %s: %w", request.URL, answer.Status, err)
	}
	return status.Leader != "" && status.Leader == status.Header.Member, nil
}

// etcdMembers are the members of etcd, the one that leads first.
func (s *scene) etcdMembers(ctx context.Context) ([]Process, error) {
	var all []Process
	var errs []error
	led := false
	for _, e := range s.site.Etcd {
		leads, err := e.leads(ctx)
		errs = append(errs, err)
		if p := (Process{KindEtcd, e.ID}); leads {
			all, led = append([]Process{p}, all...), true
		} else {
			all = append(all, p)
		}
	}
	if !led {
		return nil, fmt.Errorf("no member of etcd leads: %w", errors.Join(errs...))
	}
	return all, nil
}

func theEtcdLeader() who {
	return who{"etcd's leader", func(ctx context.Context, s *scene) (Process, error) {
		all, err := s.etcdMembers(ctx)
		if err != nil {
			return Process{}, err
		}
		return all[0], nil
	}}
}

// loseQuorum pauses as many members of etcd as it cannot do without, the leader
// among them, for as long as steps take.
func loseQuorum(meanwhile ...Step) Step {
	does := together("stop most of etcd (SIGSTOP)", meanwhile)
	return Step{does + ", let it go on", func(ctx context.Context, s *scene) error {
		all, err := s.etcdMembers(ctx)
		if err != nil {
			return err
		}
		some := all[:len(all)/2+1]
		goOn := func(ctx context.Context) error {
			var errs []error
			for _, p := range some {
				errs = append(errs, s.cluster.Resume(ctx, p))
			}
			s.say("etcd goes on")
			return errors.Join(errs...)
		}
		for _, p := range some {
			if err := s.cluster.Pause(ctx, p); err != nil {
				return errors.Join(err, goOn(context.WithoutCancel(ctx)))
			}
		}
		s.say("%d of %d members of etcd are paused, its leader %s first", len(some), len(all), some[0].ID)
		return s.during(ctx, goOn, meanwhile)
	}}
}

// newClients has a client that was not there before connect and write, through
// each proxy.
func newClients() Step {
	return Step{"have new clients connect and write", func(ctx context.Context, s *scene) error {
		for n, p := range s.site.Proxies {
			if err := s.newClient(ctx, p, time.Now().Nanosecond()/len(s.site.Proxies)*len(s.site.Proxies)+n); err != nil {
				return fmt.Errorf("%w: a new client of proxy %s: %w", errBroken, p.ID, err)
			}
		}
		s.say("new clients write through each proxy")
		return nil
	}}
}

func (s *scene) newClient(ctx context.Context, p Proxy, number int) error {
	ctx, cancel := context.WithTimeout(ctx, newClientMax)
	defer cancel()
	db, err := openProxy(s.site, p, s.load.keyspace, false)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, fmt.Sprintf("INSERT INTO seq VALUES (%d, %d)", s.load.spare, number))
	return err
}
