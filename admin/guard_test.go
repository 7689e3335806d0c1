package admin

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestGuard(t *testing.T) {
	for name, c := range map[string]struct {
		token  string
		method string
		host   string
		header map[string]string
		want   int
	}{
		"read by loopback address":       {method: "GET", host: "127.0.0.1:15300", want: 200},
		"read by IPv6 loopback":          {method: "GET", host: "[::1]:15300", want: 200},
		"read by localhost":              {method: "GET", host: "localhost", want: 200},
		"read by a name that is allowed": {method: "GET", host: "shardway.internal:80", want: 200},
		"read by a rebound name":         {method: "GET", host: "evil.example:15300", want: 403},
		"read by another address":        {method: "GET", host: "10.1.2.3:15300", want: 403},
		"write from a form":              {method: "POST", host: "localhost", header: map[string]string{"Content-Type": "text/plain"}, want: 403},
		"write without a word":           {method: "DELETE", host: "localhost", want: 403},
		"write that is meant":            {method: "DELETE", host: "localhost", header: map[string]string{"X-Shardway": "1"}, want: 200},
		"write in JSON":                  {method: "POST", host: "localhost", header: map[string]string{"Content-Type": "application/json; charset=utf-8"}, want: 200},
		"no token":                       {token: "t", method: "GET", host: "localhost", want: 401},
		"wrong token":                    {token: "t", method: "GET", host: "localhost", header: map[string]string{"Authorization": "Bearer x"}, want: 401},
		"not a bearer":                   {token: "t", method: "GET", host: "localhost", header: map[string]string{"Authorization": "t"}, want: 401},
		"token by any name":              {token: "t", method: "GET", host: "db.example", header: map[string]string{"Authorization": "Bearer t"}, want: 200},
	} {
		s := &Server{opts: Options{Token: c.token, Hosts: []string{"shardway.internal"}}}
		handler := s.guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }))
		request := httptest.NewRequest(c.method, "http://"+c.host+"/v1/x", nil)
		for key, value := range c.header {
			request.Header.Set(key, value)
		}
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, request)
		if recorder.Code != c.want {
			t.Errorf("%s: %d, not %d", name, recorder.Code, c.want)
		}
	}
}

// Load balancers have no token, and call by any name; they learn that the API
// answers and nothing else.
func TestHealthNeedsNoToken(t *testing.T) {
	s := &Server{opts: Options{Token: "t"}}
	for path, want := range map[string]int{"/healthz": 200, "/v1/status": 401, "/healthz/": 401} {
		request := httptest.NewRequest(http.MethodGet, "http://lb.example"+path, nil)
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		if recorder.Code != want {
			t.Errorf("%s: %d, not %d", path, recorder.Code, want)
		}
	}
}

// What only the leader knows is in every controller's status; one whose leader
// does not answer says what it knows itself.
func TestStatusIsTheLeaders(t *testing.T) {
	leader := newCluster(t, func(o *Options) { o.Notes = func(string) []string { return []string{"as the leader knows"} } })
	leader.group("g1")
	away := &Client{Endpoint: func(context.Context) (string, error) { return "http://127.0.0.1:1", nil }}
	for name, l := range map[string]struct {
		client *Client
		groups int
	}{"leads itself": {nil, 0}, "another leads": {leader.Client, 1}, "the leader is away": {away, 0}} {
		standby := newCluster(t, func(o *Options) { o.Leader = func(context.Context) (*Client, error) { return l.client, nil } })
		status, err := standby.Status(t.Context())
		if err != nil || len(status.Groups) != l.groups {
			t.Errorf("%s: %+v, %v", name, status.Groups, err)
		}
		for _, g := range status.Groups {
			if len(g.Notes) != 1 || g.Notes[0] != "as the leader knows" {
				t.Errorf("%s: notes %q", name, g.Notes)
			}
		}
	}
}

func TestListenOnlyWhereNobodyElseIs(t *testing.T) {
	for addr, ok := range map[string]bool{"127.0.0.1:1": true, "[::1]:1": true, "0.0.0.0:1": false, "10.0.0.1:1": false, "[::]:1": false} {
		tcp, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		if got := CheckListen(tcp, "") == nil; got != ok {
			t.Errorf("%s without a token: %v", addr, got)
		}
		if err := CheckListen(tcp, "token"); err != nil {
			t.Error(err)
		}
	}
	listener, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := new(Server).Serve(t.Context(), listener); err == nil || !strings.Contains(err.Error(), "token") {
		t.Errorf("it served everybody: %v", err)
	}
	if _, err := listener.Accept(); err == nil {
		t.Error("the listener is still open")
	}
}

func TestServeEndsWithItsContext(t *testing.T) {
	c := newCluster(t)
	server, err := New(c.opts)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, listener) }()
	transport := &http.Transport{}
	client := NewClient("http://"+listener.Addr().String(), "")
	client.HTTP = &http.Client{Transport: transport}
	if _, err := client.Groups(t.Context()); err != nil {
		t.Error(err)
	}
	transport.CloseIdleConnections()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("it goes on")
	}
	_, err = client.Groups(t.Context())
	wantCode(t, err, "unavailable")
}
