package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/shardway/shardway/topology"
)

const (
	// proxyTimeout bounds one question to a proxy.
	proxyTimeout = 2 * time.Second
	// knownTimeout bounds waiting for proxies to learn of a change.
	knownTimeout = 10 * time.Second
	knownPause   = 5 * time.Millisecond
)

// ProxyStats is what a proxy says of itself at GET /v1/stats.
type ProxyStats struct {
	// Version of the topology that it routes by, and since when that may be
	// out of date. What a group's operation holds back in that version does not
	// begin any more.
	Version    int64     `json:"version"`
	StaleSince time.Time `json:"stale_since,omitzero"`
	Sessions   int       `json:"sessions"`
	Queries    uint64    `json:"queries"`
	// Reads and Writes count the statements that it sent to each instance.
	Reads  map[string]uint64 `json:"reads"`
	Writes map[string]uint64 `json:"writes"`
	// Open counts, by group, the transactions open and the statements under way
	// on its primary, and the sessions that keep a connection there for a
	// temporary table, a lock or the like. With Version it says when a grace is over: once it is 0,
	// nothing begins there until a later version lets it.
	Open map[string]int `json:"open,omitempty"`
	// Held are the statements that wait for a group's primary, by group; HeldEnded
	// counts, by how it ended, every wait there has been.
	Held      map[string]int    `json:"held,omitempty"`
	HeldEnded map[string]uint64 `json:"held_ended,omitempty"`
	// Jobs are the ids of the jobs that it is executing.
	Jobs []string `json:"jobs,omitempty"`
}

// ProxyStatus is a proxy that is listed as alive, and what it says; Error is
// why it says nothing.
type ProxyStatus struct {
	topology.Member
	ProxyStats
	Error string `json:"error,omitempty"`
}

// ExplainRequest asks how a statement would be answered.
type ExplainRequest struct {
	Keyspace string `json:"keyspace,omitempty"`
	SQL      string `json:"sql"`
}

// Explanation is what a proxy answers to POST /v1/explain: Text for people,
// Plan for programs.
type Explanation struct {
	Text string          `json:"text"`
	Plan json.RawMessage `json:"plan,omitempty"`
}

// HTTPProxies asks proxies over HTTP, at the addresses that they are listed
// with.
type HTTPProxies struct {
	// Members lists who is alive.
	Members func(ctx context.Context, kind string) ([]topology.Member, error)
	// Token is what the proxies ask for, if anything.
	Token  string
	Client *http.Client

	mu   sync.Mutex
	last []topology.Member // who was alive when that could last be read
}

// members lists the proxies; while the list cannot be read, those that were
// last on it.
func (p *HTTPProxies) members(ctx context.Context) ([]topology.Member, error) {
	ctx, cancel := context.WithTimeout(ctx, proxyTimeout)
	defer cancel()
	members, err := p.Members(ctx, topology.KindProxies)
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case err == nil:
		p.last = members
	case p.last != nil:
		return p.last, nil
	}
	return members, err
}

// Stats asks each proxy that is alive.
func (p *HTTPProxies) Stats(ctx context.Context) ([]ProxyStatus, error) {
	members, err := p.members(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]ProxyStatus, len(members))
	var all sync.WaitGroup
	for i, member := range members {
		list[i].Member = member
		all.Go(func() {
			if err := p.ask(ctx, member, http.MethodGet, "/v1/stats", nil, &list[i].ProxyStats); err != nil {
				list[i].Error = err.Error()
			}
		})
	}
	all.Wait()
	return list, nil
}

// Known waits, bounded, until every proxy that is alive routes by at least
// that version.
func (p *HTTPProxies) Known(ctx context.Context, version int64) error {
	ctx, cancel := context.WithTimeout(ctx, knownTimeout)
	defer cancel()
	for {
		list, err := p.Stats(ctx)
		if err == nil {
			err = firstBehind(list, version)
		}
		if err == nil {
			return nil
		}
		select {
		case <-time.After(knownPause):
		case <-ctx.Done():
			return err
		}
	}
}

// Open returns how many transactions and statements are open on the groups'
// primaries, over all proxies that are alive.
func (p *HTTPProxies) Open(ctx context.Context, groups ...string) (int, error) {
	list, err := p.Stats(ctx)
	if err != nil {
		return 0, err
	}
	open := 0
	for _, proxy := range list {
		if proxy.Error != "" {
			return 0, fmt.Errorf("proxy %s does not answer: %s", proxy.ID, proxy.Error)
		}
		for _, group := range groups {
			open += proxy.Open[group]
		}
	}
	return open, nil
}

func firstBehind(list []ProxyStatus, version int64) error {
	for _, proxy := range list {
		if proxy.Error != "" {
			return fmt.Errorf("proxy %s does not answer: %s", proxy.ID, proxy.Error)
		}
		if proxy.Version < version {
			return fmt.Errorf("proxy %s routes by version %d of the topology, not yet by %d", proxy.ID, proxy.Version, version)
		}
	}
	return nil
}

// Explain asks the first proxy that answers.
func (p *HTTPProxies) Explain(ctx context.Context, question ExplainRequest) (Explanation, error) {
	members, err := p.members(ctx)
	if err != nil {
		return Explanation{}, err
	}
	failure := errors.New("no proxy is running")
	for _, member := range members {
		var answer Explanation
		err := p.ask(ctx, member, http.MethodPost, "/v1/explain", question, &answer)
		if _, refused := topology.AsRefused(err); err == nil || refused {
			return answer, err
		}
		failure = fmt.Errorf("proxy %s: %w", member.ID, err)
	}
	return Explanation{}, &topology.Refused{
		Code:    topology.CodeUnavailable,
		Message: "nobody can explain the statement: " + failure.Error(),
		Hint:    "start one with 'shardway proxy'",
	}
}

func (p *HTTPProxies) ask(ctx context.Context, member topology.Member, method, path string, question, answer any) error {
	if member.HTTP == "" {
		return errors.New("it is listed without an HTTP address")
	}
	ctx, cancel := context.WithTimeout(ctx, proxyTimeout)
	defer cancel()
	return roundTrip(ctx, p.Client, request{
		method: method, url: "http://" + member.HTTP + path, token: p.Token, body: question, answer: answer,
	})
}

// request is one call of an HTTP API that speaks as this package does.
type request struct {
	method, url, token string
	body, answer       any
}

// errNotSent: the request did not reach anyone.
var errNotSent = errors.New("it does not answer")

// roundTrip makes a call. An error answer comes back as a *topology.Refused or
// as topology.ErrOutcomeUnknown; so does, for a change, no answer at all.
func roundTrip(ctx context.Context, client *http.Client, q request) error {
	var body io.Reader
	if q.body != nil {
		data, err := json.Marshal(q.body)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(markHeader, "1")
	if q.token != "" {
		r.Header.Set("Authorization", "Bearer "+q.token)
	}
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(r)
	if err != nil {
		return notAnswered(q, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, answerBytesMax))
	if err != nil {
		return notAnswered(q, err)
	}
	if response.StatusCode == http.StatusOK {
		if q.answer == nil {
			return nil
		}
		return json.Unmarshal(data, q.answer)
	}
	return errorOf(response.Status, data)
}
