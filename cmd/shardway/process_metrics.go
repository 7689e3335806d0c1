package main

import (
	"net/http"
	"regexp"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// liveHeap is what was in use when garbage was collected last: what grows if
// something is kept for ever.
const liveHeap = `^/gc/heap/live:bytes$`

// processCollectors report memory, goroutines and CPU of this process.
func processCollectors() []prometheus.Collector {
	live := collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile(liveHeap)}
	return []prometheus.Collector{
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(live)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
}

// controllerMetrics has a controller answer Prometheus beside its admin API.
func controllerMetrics(mux *http.ServeMux) {
	r := prometheus.NewRegistry()
	r.MustRegister(processCollectors()...)
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
}
