package admin

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/shardway/shardway/topology"
)

// statusLoadTimeout bounds reading the topology for status: with etcd away,
// people want to see the rest soon.
const statusLoadTimeout = 2 * time.Second

// leaderTimeout bounds asking the leader, which asks servers for healthTimeout.
const leaderTimeout = 2 * healthTimeout

// Status is the state of the whole cluster, as seen now.
type Status struct {
	Cluster string `json:"cluster"`
	// Healthy is whether there is no problem.
	Healthy  bool     `json:"healthy"`
	Problems []string `json:"problems"`
	// Version of the topology.
	Version     int64              `json:"version"`
	Etcd        EtcdStatus         `json:"etcd"`
	Controllers []ControllerStatus `json:"controllers"`
	Proxies     []ProxyStatus      `json:"proxies"`
	Groups      []GroupStatus      `json:"groups"`
	Spares      []InstanceStatus   `json:"spares"`
	Keyspaces   []KeyspaceInfo     `json:"keyspaces"`
	Users       int                `json:"users"`
}

// EtcdStatus is where the topology is kept.
type EtcdStatus struct {
	Endpoints []string `json:"endpoints"`
	Error     string   `json:"error,omitempty"`
}

// ControllerStatus is a controller that is alive.
type ControllerStatus struct {
	topology.Member
	Leads bool `json:"leads"`
}

// GroupStatus is a group and the state of its instances.
type GroupStatus struct {
	ID      string   `json:"id"`
	Primary string   `json:"primary"`
	Term    int64    `json:"term"`
	Ackers  []string `json:"ackers"`
	// Durability says whose acknowledgement its writes wait for.
	Durability topology.Durability `json:"durability"`
	Instances  []InstanceStatus    `json:"instances"`
	// Notes are what the controller has to say.
	Notes []string `json:"notes,omitempty"`
}

// InstanceStatus is an instance and what it says of itself.
type InstanceStatus struct {
	ID   string        `json:"id"`
	Role topology.Role `json:"role"`
	Addr string        `json:"addr"`
	Zone string        `json:"zone,omitempty"`
	// State is "ok", "fenced", "stopped", "lagging", "diverged", "drained", "working" or "down".
	State string `json:"state"`
	// Problem says what is wrong, if anything.
	Problem string `json:"problem,omitempty"`
	Version string `json:"version,omitempty"`
	// LagSeconds is how far a replica is behind; absent if nobody knows.
	LagSeconds *int64 `json:"lag_seconds,omitempty"`
	// Reads is how many statements all proxies have sent it for reading, and
	// ReadShare that as a fraction of its group's.
	Reads     uint64  `json:"reads"`
	ReadShare float64 `json:"read_share"`

	// executed is what it has executed.
	executed string
}

func (s *Server) status(c call, _ nothing) (Status, error) {
	if status, ok := s.leaderSays(c); ok {
		return status, nil
	}
	status := Status{
		Cluster: s.opts.Cluster, Etcd: EtcdStatus{Endpoints: s.opts.Store.Endpoints()},
		Problems: []string{}, Controllers: []ControllerStatus{}, Proxies: []ProxyStatus{},
		Groups: []GroupStatus{}, Spares: []InstanceStatus{}, Keyspaces: []KeyspaceInfo{},
	}
	load, cancel := context.WithTimeout(c, statusLoadTimeout)
	defer cancel()
	snap, err := s.opts.Store.Load(load)
	if err == nil {
		s.last.Store(snap)
		s.leaderStatus(c, &status)
	} else {
		status.Etcd.Error = err.Error()
		status.problem("the topology cannot be read, what follows is the last one that was seen; proxies go on, nothing is promoted: %s", err)
		if snap = s.last.Load(); snap == nil {
			return status, nil
		}
	}
	status.Version, status.Users = snap.Version, len(snap.Users)
	s.proxyStatus(c, &status)
	s.groupStatus(c, snap, &status)
	for _, k := range sortedValues(snap.Keyspaces) {
		status.Keyspaces = append(status.Keyspaces, keyspaceInfo(snap, k))
		if k.Move != nil && k.Move.Stopped != "" {
			status.problem("the %s of keyspace %s has stopped: %s", k.Move.Kind, k.Name, k.Move.Stopped)
		}
		if k.Dropping {
			status.problem("keyspace %s is half dropped; 'shardway keyspace drop %s' finishes that", k.Name, k.Name)
		}
	}
	status.share()
	status.Healthy = len(status.Problems) == 0
	return status, nil
}

// leaderSays is the leader's answer, if another controller leads and answers.
func (s *Server) leaderSays(c call) (Status, bool) {
	ctx, cancel := context.WithTimeout(c, leaderTimeout)
	defer cancel()
	leader, err := s.opts.Leader(ctx)
	if err != nil || leader == nil {
		return Status{}, false
	}
	status, err := leader.Status(ctx)
	return status, err == nil
}

func (s *Status) problem(format string, args ...any) {
	s.Problems = append(s.Problems, fmt.Sprintf(format, args...))
}

func (s *Server) leaderStatus(c call, status *Status) {
	leader, err := s.opts.Store.Leader(c)
	if err != nil {
		status.problem("who leads is not known: %s", err)
	}
	controllers, err := s.opts.Store.Members(c, topology.KindControllers)
	if err != nil {
		status.problem("the controllers are not known: %s", err)
	}
	for _, member := range controllers {
		status.Controllers = append(status.Controllers, ControllerStatus{Member: member, Leads: member.ID == leader})
	}
	if leader == "" && err == nil {
		status.problem("no controller leads: nothing is opened, promoted or repaired")
	}
}

func (s *Server) proxyStatus(c call, status *Status) {
	proxies, err := s.opts.Proxies.Stats(c)
	if err != nil {
		status.problem("the proxies are not known: %s", err)
	}
	for _, proxy := range proxies {
		if proxy.Error != "" {
			status.problem("proxy %s does not answer: %s", proxy.ID, proxy.Error)
		} else if !proxy.StaleSince.IsZero() {
			status.problem("proxy %s has not heard of etcd since %s", proxy.ID, proxy.StaleSince.Format(time.TimeOnly))
		}
	}
	status.Proxies = append(status.Proxies, proxies...)
}

// groupStatus asks all instances at the same time.
func (s *Server) groupStatus(c call, snap *topology.Snapshot, status *Status) {
	var all sync.WaitGroup
	ask := func(members []*topology.Instance) []InstanceStatus {
		list := make([]InstanceStatus, len(members))
		for i, member := range members {
			all.Go(func() { list[i] = s.instanceStatus(c, member) })
		}
		return list
	}
	for _, group := range sortedValues(snap.Groups) {
		status.Groups = append(status.Groups, GroupStatus{
			ID: group.ID, Primary: group.Primary, Term: group.Term, Ackers: append([]string{}, group.Ackers...), Durability: group.Promises(),
			Instances: ask(snap.Members(group.ID)), Notes: s.opts.Notes(group.ID),
		})
		if group.Primary == "" {
			status.problem("group %s has no primary: it takes no writes", group.ID)
		}
	}
	var spares []*topology.Instance
	for _, instance := range sortedValues(snap.Instances) {
		if instance.Role == topology.RoleSpare {
			spares = append(spares, instance)
		}
	}
	status.Spares = ask(spares)
	all.Wait()
	for n := range status.Groups {
		all.Go(func() { s.diverged(c, &status.Groups[n]) })
	}
	all.Wait()
	for _, group := range status.Groups {
		for _, instance := range group.Instances {
			if instance.State != StateOK && instance.State != StateDrained {
				status.problem("instance %s of group %s is %s: %s", instance.ID, group.ID, instance.State, instance.Problem)
			}
		}
	}
	for _, spare := range status.Spares {
		if spare.State == StateDown {
			status.problem("spare %s is down: %s", spare.ID, spare.Problem)
		}
	}
}

// share sums up which instance the proxies read from.
func (s *Status) share() {
	for g := range s.Groups {
		instances := s.Groups[g].Instances
		var total uint64
		for i := range instances {
			for _, proxy := range s.Proxies {
				instances[i].Reads += proxy.Reads[instances[i].ID]
			}
			total += instances[i].Reads
		}
		for i := range instances {
			if total > 0 {
				instances[i].ReadShare = float64(instances[i].Reads) / float64(total)
			}
		}
	}
}

func (s *Server) explain(c call, question ExplainRequest) (Explanation, error) {
	if question.SQL == "" {
		return Explanation{}, &topology.Refused{
			Code: topology.CodeInvalid, Message: "there is no statement to explain", Hint: "give one: shardway explain 'SELECT …'",
		}
	}
	return s.opts.Proxies.Explain(c, question)
}
