package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/pool"
	"github.com/shardway/shardway/topology"
)

// A load balancer asks without a token, and is told the truth: whether the proxy
// has a topology and lets clients in.
func TestHealthOfAProxy(t *testing.T) {
	p := &proxy{source: topology.NewSource(), token: "secret", log: slog.New(slog.DiscardHandler)}
	pools := pool.New(pool.Options{})
	defer pools.Close()
	identity, err := mysql.GenerateIdentity(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := router.NewServer(router.Options{Environment: &exec.Environment{Topology: p.source, Pools: pools}, Identity: identity, Log: p.log})
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	facts, clients := listen(), listen()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		serveFacts(ctx, facts, p, server, pools)
	}()
	defer func() {
		cancel()
		<-done
	}()
	ask := func(path string) (int, health) {
		response, err := http.Get("http://" + facts.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		var h health
		_ = json.NewDecoder(response.Body).Decode(&h)
		return response.StatusCode, h
	}
	if status, h := ask("/healthz"); status != http.StatusServiceUnavailable || h.Ready {
		t.Errorf("without a topology: %d %+v", status, h)
	}
	if status, _ := ask("/v1/stats"); status != http.StatusUnauthorized {
		t.Errorf("statistics without a token: %d", status)
	}
	p.source.Publish(&topology.Snapshot{Version: 3})
	if status, h := ask("/healthz"); status != http.StatusOK || !h.Ready || h.Version != 3 {
		t.Errorf("with a topology: %d %+v", status, h)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := server.Serve(stopped, clients); err != nil {
		t.Fatal(err)
	}
	if status, h := ask("/healthz"); status != http.StatusServiceUnavailable || h.Ready || h.Reason == "" {
		t.Errorf("when it stops: %d %+v", status, h)
	}
}
