package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/shardway/shardway/router"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/pool"
)

// holdCollector reports what waits for groups' primaries and what is open on
// them.
type holdCollector struct {
	server *router.Server
	pools  *pool.Cluster
}

func (c holdCollector) descriptions() (held, ended, open *prometheus.Desc) {
	return prometheus.NewDesc("shardway_held_statements", "Statements that wait for the group's primary.", []string{"group"}, nil),
		prometheus.NewDesc("shardway_held_statements_total", "Statements that have waited for a group's primary, by how the wait ended.", []string{"outcome"}, nil),
		prometheus.NewDesc("shardway_primary_open", "Open transactions and statements under way on the group's primary.", []string{"group"}, nil)
}

// Describe implements prometheus.Collector.
func (c holdCollector) Describe(ch chan<- *prometheus.Desc) {
	held, ended, open := c.descriptions()
	ch <- held
	ch <- ended
	ch <- open
}

// Collect implements prometheus.Collector.
func (c holdCollector) Collect(ch chan<- prometheus.Metric) {
	held, ended, open := c.descriptions()
	stats := c.server.Held()
	for group, n := range c.pools.Open() {
		ch <- prometheus.MustNewConstMetric(open, prometheus.GaugeValue, float64(n), group)
		ch <- prometheus.MustNewConstMetric(held, prometheus.GaugeValue, float64(stats.Now[group]), group)
	}
	for _, outcome := range exec.HoldOutcomes() {
		ch <- prometheus.MustNewConstMetric(ended, prometheus.CounterValue, float64(stats.Ended[outcome]), string(outcome))
	}
}
