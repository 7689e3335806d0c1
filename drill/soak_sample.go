package drill

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/shardway/shardway/admin"
)

// How often processes are asked how large they are while clients are at work;
// and how often, and how long after the last one has gone, when none is.
const (
	samplePause  = 5 * time.Second
	sampleMax    = 2 * time.Second // for one answer
	quietSamples = 3
	quietPause   = 700 * time.Millisecond
)

// metricsBytesMax bounds what a process may say of itself.
const metricsBytesMax = 4 << 20

// Sample is how large a process was at one moment.
type Sample struct {
	At      time.Time `json:"at"`
	Process Process   `json:"process"`
	// Started tells a process from the one that ran in its place before, in
	// seconds since 1970.
	Started float64 `json:"started"`
	// Quiet: no client was at work. Leads: it is the controller that led.
	Quiet      bool  `json:"quiet"`
	Leads      bool  `json:"leads,omitempty"`
	Goroutines int64 `json:"goroutines"`
	// HeapBytes was in use after the last garbage collection, ResidentBytes is
	// what the process has of the machine's memory.
	HeapBytes     int64 `json:"heap_bytes"`
	ResidentBytes int64 `json:"resident_bytes"`
}

// sampler asks proxies and controllers how large they are.
type sampler struct {
	scene  *scene
	client *http.Client

	mu  sync.Mutex
	all []Sample
}

func newSampler(s *scene) *sampler {
	return &sampler{scene: s, client: &http.Client{Timeout: sampleMax}}
}

func (m *sampler) close() { m.client.CloseIdleConnections() }

// work takes samples until ctx ends.
func (m *sampler) work(ctx context.Context) {
	for pause(ctx, samplePause) == nil {
		m.take(ctx, false)
	}
}

// quiet takes samples once all clients have gone.
func (m *sampler) quiet(ctx context.Context) {
	for range quietSamples {
		if pause(ctx, quietPause) != nil {
			return
		}
		m.take(ctx, true)
	}
}

// take asks everybody; who does not answer is passed over.
func (m *sampler) take(ctx context.Context, quiet bool) {
	status, err := ask(ctx, m.scene, func(ctx context.Context, c *admin.Client) (admin.Status, error) { return c.Status(ctx) })
	if err != nil {
		return
	}
	var wait sync.WaitGroup
	one := func(p Process, addr string, leads bool) {
		wait.Go(func() {
			s, err := m.ask(ctx, addr)
			if err != nil {
				return
			}
			s.Process, s.Quiet, s.Leads = p, quiet, leads
			m.mu.Lock()
			defer m.mu.Unlock()
			m.all = append(m.all, s)
		})
	}
	for _, p := range status.Proxies {
		one(Process{KindProxy, p.ID}, p.HTTP, false)
	}
	for _, c := range status.Controllers {
		one(Process{KindController, c.ID}, c.HTTP, c.Leads)
	}
	wait.Wait()
}

func (m *sampler) ask(ctx context.Context, addr string) (Sample, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", http.NoBody)
	if err != nil {
		return Sample{}, err
	}
	if token := m.scene.site.Controllers[0].Token; token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := m.client.Do(request)
	if err != nil {
		return Sample{}, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return Sample{}, fmt.Errorf("%s: %s", addr, answer.Status)
	}
	return readSample(io.LimitReader(answer.Body, metricsBytesMax), time.Now())
}

// readSample reads what Prometheus is told.
func readSample(text io.Reader, at time.Time) (Sample, error) {
	s := Sample{At: at}
	missing := []string{"go_goroutines", "go_gc_heap_live_bytes", "process_resident_memory_bytes", "process_start_time_seconds"}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), " ")
		known := slices.Index(missing, name)
		if known < 0 {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return s, fmt.Errorf("%s: %w", name, err)
		}
		switch name {
		case "go_goroutines":
			s.Goroutines = int64(n)
		case "go_gc_heap_live_bytes":
			s.HeapBytes = int64(n)
		case "process_resident_memory_bytes":
			s.ResidentBytes = int64(n)
		default:
			s.Started = n
		}
		missing = slices.Delete(missing, known, known+1)
	}
	if len(missing) > 0 {
		return s, fmt.Errorf("no word of %s", strings.Join(missing, ", "))
	}
	return s, lines.Err()
}
