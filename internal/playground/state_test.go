package playground

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestStateForScripts: scripts rely on these names.
func TestStateForScripts(t *testing.T) {
	s := State{
		Ready: true, MySQL: Endpoint{Host: "h", Port: 1, User: "u", Password: "p"}, Admin: "http://a", Etcd: []string{"http://e"},
		Proxies: []Proxy{{ID: "p1", PID: 2, Port: 3}}, Controllers: []Controller{{ID: "c1", PID: 4, Admin: "http://b"}},
		Instances: []Instance{{ID: "i", Group: "g", Role: "primary", Host: "h", Port: 5, PID: 6, User: "r", Password: "s"}},
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"ready":true,"mysql":{"host":"h","port":1,"user":"u","password":"p"},"admin":"http://a","etcd":["http://e"],` +
		`"proxies":[{"id":"p1","pid":2,"port":3}],"controllers":[{"id":"c1","pid":4,"admin":"http://b"}],` +
		`"instances":[{"id":"i","group":"g","role":"primary","host":"h","port":5,"pid":6,"user":"r","password":"s"}]}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

func TestNotReadyWhileSomethingIsDown(t *testing.T) {
	p := &playground{dir: t.TempDir(), opts: Options{Out: &strings.Builder{}}}
	p.update(func(s *State) {
		s.Ready, s.Proxies, s.Instances = true, []Proxy{{ID: "p1", PID: 1}}, []Instance{{ID: "a", PID: 2}, {ID: "b"}}
	})
	if s, err := readState(p.dir); err != nil || s.Ready {
		t.Errorf("ready with b down: %v", err)
	}
	p.update(func(s *State) { s.Instances[1].PID = 3 })
	if s, err := readState(p.dir); err != nil || !s.Ready {
		t.Errorf("not ready with all up: %v", err)
	}
}
