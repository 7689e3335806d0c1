package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/shardway/shardway/admin"
	"github.com/shardway/shardway/router"
	"github.com/shardway/shardway/router/pool"
)

// serveFacts answers, until ctx ends, what the admin API and monitoring ask of a proxy.
func serveFacts(ctx context.Context, l net.Listener, p *proxy, server *router.Server, pools *pool.Cluster) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/stats", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, p.stats(server, pools))
	})
	mux.HandleFunc("GET /v1/heat", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, server.Heat())
	})
	mux.HandleFunc("POST /v1/explain", func(w http.ResponseWriter, r *http.Request) {
		var q admin.ExplainRequest
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			writeJSON(w, http.StatusBadRequest, admin.ErrorBody{Error: "the request is not JSON: " + err.Error(), Code: "invalid"})
			return
		}
		x, err := server.Explain(r.Context(), q.Keyspace, q.SQL)
		if err != nil {
			writeJSON(w, http.StatusBadRequest, admin.ErrorBody{Error: err.Error(), Code: "invalid"})
			return
		}
		plan, err := json.Marshal(x)
		if err != nil {
			writeJSON(w, http.StatusInternalServerError, admin.ErrorBody{Error: err.Error(), Code: "internal"})
			return
		}
		writeJSON(w, http.StatusOK, admin.Explanation{Text: x.Text, Plan: plan})
	})
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics(server, pools), promhttp.HandlerOpts{}))
	all := http.NewServeMux()
	all.Handle("/", tokenRequired(p.token, mux))
	all.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		status, health := p.health(server)
		writeJSON(w, status, health)
	})
	s := &http.Server{Handler: all, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	if err := s.Serve(l); err != nil && ctx.Err() == nil {
		p.log.Error("statistics are not served", "error", err)
	}
}

// health says whether new clients are welcome: for load balancers, who need no
// token for it. A proxy whose topology may be out of date serves on, and says so.
type health struct {
	Ready bool `json:"ready"`
	// Reason is why not.
	Reason string `json:"reason,omitempty"`
	// Version is that of the topology; StaleSince is since when etcd has been away.
	Version    int64     `json:"version"`
	StaleSince time.Time `json:"stale_since,omitzero"`
}

func (p *proxy) health(server *router.Server) (int, health) {
	h := health{Version: p.source.Current().Version}
	if since, stale := p.source.StaleSince(); stale {
		h.StaleSince = since
	}
	switch {
	case h.Version == 0:
		h.Reason = "it has no topology yet"
	case server.Stopping():
		h.Reason = "it stops, and waits for open transactions"
	default:
		h.Ready = true
		return http.StatusOK, h
	}
	return http.StatusServiceUnavailable, h
}

// tokenRequired lets in who knows the token or, without one, who calls this
// machine by a loopback address, so that no page in a browser here gets in by
// a name of its own.
func tokenRequired(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := []byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		ip := net.ParseIP(host)
		switch {
		case token != "" && subtle.ConstantTimeCompare(given, []byte(token)) != 1:
			writeJSON(w, http.StatusUnauthorized, admin.ErrorBody{Error: "the proxy's facts need the token of the admin API", Code: "unauthorized"})
		case token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()):
			writeJSON(w, http.StatusForbidden, admin.ErrorBody{Error: "the proxy does not answer to the name " + host, Code: "forbidden"})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// stats is what the proxy says of itself.
func (p *proxy) stats(server *router.Server, pools *pool.Cluster) admin.ProxyStats {
	version := pools.Version() // before Open: what this version holds back is not counted too early
	s := admin.ProxyStats{
		Version: version, Open: pools.Open(), Sessions: server.Sessions(), Queries: server.Stats().Queries.Load(),
		Reads: map[string]uint64{}, Writes: map[string]uint64{}, Jobs: server.RunningJobs(),
	}
	if since, stale := p.source.StaleSince(); stale {
		s.StaleSince = since
	}
	for _, i := range pools.Stats() {
		s.Reads[i.ID], s.Writes[i.ID] = uint64(i.Reads), uint64(i.Writes)
	}
	held := server.Held()
	s.Held, s.HeldEnded = held.Now, map[string]uint64{}
	for outcome, n := range held.Ended {
		s.HeldEnded[string(outcome)] = n
	}
	return s
}

// metrics registers what Prometheus collects.
func metrics(server *router.Server, pools *pool.Cluster) *prometheus.Registry {
	r := prometheus.NewRegistry()
	counter := func(name, help string, value func() uint64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Namespace: "shardway", Name: name, Help: help}, func() float64 { return float64(value()) }))
	}
	s := server.Stats()
	counter("connections_accepted_total", "Clients let in.", s.Accepted.Load)
	counter("connections_refused_total", "Clients not let in.", s.Refused.Load)
	counter("commands_total", "Commands read from clients.", s.Queries.Load)
	counter("errors_total", "Errors that the proxy itself answered with.", s.Errors.Load)
	counter("plan_cache_hits_total", "Statements whose plan was cached.", s.PlanHits.Load)
	counter("plan_cache_misses_total", "Statements that were planned.", s.PlanMisses.Load)
	r.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "shardway", Name: "connections", Help: "Clients that are in."}, func() float64 { return float64(server.Sessions()) }),
		instanceCollector{pools: pools}, holdCollector{server: server, pools: pools},
	)
	r.MustRegister(processCollectors()...)
	return r
}

// instanceCollector reports each MySQL server's share.
type instanceCollector struct{ pools *pool.Cluster }

func (c instanceCollector) descriptions() (reads, writes, lag *prometheus.Desc) {
	labels := []string{"instance", "group"}
	return prometheus.NewDesc("shardway_instance_reads_total", "Reads sent to the instance.", labels, nil),
		prometheus.NewDesc("shardway_instance_writes_total", "Writes sent to the instance.", labels, nil),
		prometheus.NewDesc("shardway_instance_healthy", "1 if the instance serves.", labels, nil)
}

// Describe implements prometheus.Collector.
func (c instanceCollector) Describe(ch chan<- *prometheus.Desc) {
	reads, writes, healthy := c.descriptions()
	ch <- reads
	ch <- writes
	ch <- healthy
}

// Collect implements prometheus.Collector.
func (c instanceCollector) Collect(ch chan<- prometheus.Metric) {
	reads, writes, healthy := c.descriptions()
	for _, i := range c.pools.Stats() {
		up := 0.0
		if i.Progress != nil && i.Progress.Healthy {
			up = 1
		}
		ch <- prometheus.MustNewConstMetric(reads, prometheus.CounterValue, float64(i.Reads), i.ID, i.Group)
		ch <- prometheus.MustNewConstMetric(writes, prometheus.CounterValue, float64(i.Writes), i.ID, i.Group)
		ch <- prometheus.MustNewConstMetric(healthy, prometheus.GaugeValue, up, i.ID, i.Group)
	}
}
