package playground

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// State is what other processes are told about a running playground. The field
// names are relied on by scripts.
type State struct {
	// Ready: everything runs and the groups have been healthy.
	Ready       bool         `json:"ready"`
	MySQL       Endpoint     `json:"mysql"`
	Admin       string       `json:"admin"`
	Etcd        []string     `json:"etcd"`
	Proxies     []Proxy      `json:"proxies"`
	Controllers []Controller `json:"controllers"`
	Instances   []Instance   `json:"instances"`
}

// Endpoint is where clients connect and as whom.
type Endpoint struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"user"`
	Password string `json:"password"`
}

// Proxy is a proxy process.
type Proxy struct {
	ID   string `json:"id"`
	PID  int    `json:"pid"`
	Port int    `json:"port"`
}

// Controller is a controller process.
type Controller struct {
	ID  string `json:"id"`
	PID int    `json:"pid"`
	// Admin is the URL of its admin API.
	Admin string `json:"admin"`
}

// Instance is a MySQL server; its account is an administrator's. PID is 0
// while it does not run.
type Instance struct {
	ID       string `json:"id"`
	Group    string `json:"group"`
	Role     string `json:"role"`
	Host     string `json:"host"`
	Port     int    `json:"port"`
	PID      int    `json:"pid"`
	User     string `json:"user"`
	Password string `json:"password"`
}

func statePath(dir string) string { return filepath.Join(dir, "state.json") }

func readState(dir string) (State, error) {
	var s State
	text, err := os.ReadFile(statePath(dir))
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s: %w", statePath(dir), err)
	}
	return s, nil
}

// update changes the state and tells others.
func (p *playground) update(change func(*State)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.state)
	s := p.state
	s.Ready = s.Ready && s.allRun()
	text, err := json.MarshalIndent(s, "", "  ")
	if err == nil {
		err = writeFile(statePath(p.dir), text)
	}
	if err != nil {
		p.say("cannot write the state: %v", err)
	}
}

func (s *State) allRun() bool {
	for _, i := range s.Instances {
		if i.PID == 0 {
			return false
		}
	}
	for _, p := range s.Proxies {
		if p.PID == 0 {
			return false
		}
	}
	for _, c := range s.Controllers {
		if c.PID == 0 {
			return false
		}
	}
	return true
}
