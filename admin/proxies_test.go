package admin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
)

// proxyAt is a proxy's own HTTP endpoint, as far as this package asks it.
func proxyAt(t *testing.T, version *atomic.Int64, reads map[string]uint64) topology.Member {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/stats", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer tok" {
			respond(w, http.StatusUnauthorized, ErrorBody{Error: "no token", Code: "unauthorized"})
			return
		}
		respond(w, http.StatusOK, ProxyStats{Version: version.Add(1), Sessions: 3, Queries: 9, Reads: reads})
	})
	mux.HandleFunc("POST /v1/explain", func(w http.ResponseWriter, r *http.Request) {
		var q ExplainRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || q.SQL == "bad" {
			respond(w, http.StatusBadRequest, ErrorBody{Error: "syntax", Hint: "read", Code: topology.CodeInvalid})
			return
		}
		respond(w, http.StatusOK, Explanation{Text: q.Keyspace + ": " + q.SQL, Plan: json.RawMessage(`{"target":"one"}`)})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return topology.Member{ID: "p" + server.URL[len(server.URL)-5:], HTTP: strings.TrimPrefix(server.URL, "http://")}
}

func proxiesOf(t *testing.T, members ...topology.Member) *HTTPProxies {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &HTTPProxies{
		Members: func(context.Context, string) ([]topology.Member, error) { return members, nil },
		Token:   "tok", Client: &http.Client{Transport: transport},
	}
}

func TestProxiesAreAsked(t *testing.T) {
	var version atomic.Int64
	version.Store(40)
	alive := proxyAt(t, &version, nil)
	dead := topology.Member{ID: "dead", HTTP: "127.0.0.1:1"}
	mute := topology.Member{ID: "mute"}
	proxies := proxiesOf(t, mute, dead, alive)
	list, err := proxies.Stats(t.Context())
	if err != nil || list[0].Error == "" || list[1].Error == "" || list[2].Error != "" || list[2].Sessions != 3 {
		t.Errorf("%+v, %v", list, err)
	}
	answer, err := proxies.Explain(t.Context(), ExplainRequest{Keyspace: "shop", SQL: "SELECT 1"})
	if err != nil || answer.Text != "shop: SELECT 1" || !strings.Contains(string(answer.Plan), `"target"`) {
		t.Errorf("%+v, %v", answer, err)
	}
	_, err = proxies.Explain(t.Context(), ExplainRequest{SQL: "bad"})
	wantCode(t, err, topology.CodeInvalid)
	_, err = proxiesOf(t, dead).Explain(t.Context(), ExplainRequest{SQL: "SELECT 1"})
	wantCode(t, err, topology.CodeUnavailable)
	// Each question makes the proxy a version newer.
	if err := proxiesOf(t, alive).Known(t.Context(), 44); err != nil || version.Load() < 44 {
		t.Errorf("%d, %v", version.Load(), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := proxies.Known(ctx, 1); err == nil {
		t.Error("the dead one knows")
	}
}

func TestStatus(t *testing.T) {
	var version atomic.Int64
	proxies := proxiesOf(t, proxyAt(t, &version, map[string]uint64{"g1-1": 30}), proxyAt(t, &version, map[string]uint64{"g1-1": 10, "other": 7}))
	c := newCluster(t, func(o *Options) {
		o.Proxies = proxies
		o.Notes = func(group string) []string { return []string{group + " looks fine"} }
	})
	c.group("g1")
	c.update(func(d *topology.Draft) error {
		err := d.AddInstance(topology.Instance{ID: "away", Host: "127.0.0.1", Port: 1}, topology.Account{User: "u"})
		_, errK := d.CreateKeyspace(topology.NewKeyspace{Name: "shop"})
		return errors.Join(err, errK)
	})
	s, err := c.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	primary := s.Groups[0].Instances[0]
	if primary.State != StateOK || primary.Reads != 40 || primary.ReadShare != 1 || primary.Version == "" || s.Groups[0].Notes[0] != "g1 looks fine" {
		t.Errorf("%+v", s.Groups[0])
	}
	if len(s.Spares) != 1 || s.Spares[0].State != StateDown || len(s.Proxies) != 2 || s.Keyspaces[0].Name != "shop" || s.Etcd.Error != "" {
		t.Errorf("%+v", s)
	}
	problems := strings.Join(s.Problems, "\n")
	if s.Healthy || !strings.Contains(problems, "spare away is down") || !strings.Contains(problems, "no controller leads") {
		t.Errorf("%s", problems)
	}
	if answer, err := c.Explain(t.Context(), "shop", "SELECT 2"); err != nil || answer.Text != "shop: SELECT 2" {
		t.Errorf("%+v, %v", answer, err)
	}
	_, err = c.Explain(t.Context(), "", "")
	wantCode(t, err, topology.CodeInvalid)
}

func TestReplicasAreJudged(t *testing.T) {
	running := func(lag string) replica {
		return replica{"Replica_IO_Running": "Yes", "Replica_SQL_Running": "Yes", "Seconds_Behind_Source": lag}
	}
	for name, c := range map[string]struct {
		replica replica
		state   string
	}{
		"no source":    {nil, StateStopped},
		"fine":         {running("0"), StateOK},
		"nobody knows": {running(""), StateOK},
		"behind":       {running("11"), StateLagging},
		"stopped":      {replica{"Replica_IO_Running": "Yes", "Replica_SQL_Running": "No", "Last_SQL_Error": "boom"}, StateStopped},
	} {
		status := InstanceStatus{State: StateOK}
		c.replica.judge(&status)
		if status.State != c.state || (status.Problem == "") != (c.state == StateOK) {
			t.Errorf("%s: %+v", name, status)
		}
	}
}

func TestClientSaysWhatIsKnown(t *testing.T) {
	hang := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/users/unknown/password":
			respondError(w, topology.ErrOutcomeUnknown)
		case "/v1/users/broken/password":
			http.Error(w, "<html>", http.StatusBadGateway)
		default:
			hijacked, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = hijacked.Close()
			}
		}
	}))
	defer hang.Close()
	client := NewClient(hang.URL+"/", "")
	client.HTTP = hang.Client()
	for name, want := range map[string]bool{"unknown": true, "lost": true, "broken": false} {
		if _, err := client.SetPassword(t.Context(), name, Verifiers{}, false); errors.Is(err, topology.ErrOutcomeUnknown) != want || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := client.Groups(t.Context()); err == nil || errors.Is(err, topology.ErrOutcomeUnknown) {
		t.Errorf("a read that was lost: %v", err)
	}
}

func TestClusterClientFindsAController(t *testing.T) {
	c := newCluster(t)
	members := []topology.Member{{ID: "c0"}, {ID: "c1", HTTP: strings.TrimPrefix(c.url, "http://")}}
	client := NewClusterClient(func(_ context.Context, kind string) ([]topology.Member, error) {
		if kind != topology.KindControllers {
			return nil, errors.New(kind)
		}
		return members, nil
	}, "")
	client.HTTP = c.HTTP
	if _, err := client.Groups(t.Context()); err != nil {
		t.Error(err)
	}
	members = members[:1]
	_, err := client.Groups(t.Context())
	wantCode(t, err, topology.CodeUnavailable)
}

// storeThatIsAway is a store that can be cut off.
type storeThatIsAway struct {
	Store
	away atomic.Bool
}

func (s *storeThatIsAway) Load(ctx context.Context) (*topology.Snapshot, error) {
	if s.away.Load() {
		return nil, errors.New("etcd is away")
	}
	return s.Store.Load(ctx)
}

func TestStatusWithoutEtcd(t *testing.T) {
	var version atomic.Int64
	var membersAway atomic.Bool
	member := proxyAt(t, &version, map[string]uint64{"g1-1": 30})
	proxies := proxiesOf(t)
	proxies.Members = func(context.Context, string) ([]topology.Member, error) {
		if membersAway.Load() {
			return nil, errors.New("etcd is away")
		}
		return []topology.Member{member}, nil
	}
	away := &storeThatIsAway{}
	c := newCluster(t, func(o *Options) {
		away.Store = o.Store
		o.Store, o.Proxies = away, proxies
	})
	c.group("g1")
	away.away.Store(true)
	if s, err := c.Status(t.Context()); err != nil || s.Etcd.Error == "" || len(s.Groups) != 0 {
		t.Errorf("nothing has been seen yet: %+v, %v", s, err)
	}
	away.away.Store(false)
	if _, err := c.Status(t.Context()); err != nil {
		t.Error(err)
	}
	away.away.Store(true)
	membersAway.Store(true)
	s, err := c.Status(t.Context())
	if err != nil || s.Healthy || s.Etcd.Error == "" || len(s.Groups) != 1 || s.Groups[0].Instances[0].State != StateOK ||
		s.Groups[0].Instances[0].Reads != 30 {
		t.Errorf("%+v, %v", s, err)
	}
}
