package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A controller tells what a soak and whoever watches it ask for.
func TestAControllerTellsItsMemoryAndGoroutines(t *testing.T) {
	mux := http.NewServeMux()
	controllerMetrics(mux)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, name := range []string{"go_goroutines", "go_gc_heap_live_bytes", "process_resident_memory_bytes", "process_start_time_seconds"} {
		if !strings.Contains(answer.Body.String(), "\n"+name+" ") {
			t.Errorf("%s is missing in\n%s", name, answer.Body)
		}
	}
}
