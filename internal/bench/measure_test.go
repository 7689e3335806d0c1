package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestFiguresOfASample(t *testing.T) {
	s := sample{queries: 2000, took: 2 * time.Second, cpu: 60 * time.Millisecond}
	if s.perSecond() != 1000 || s.cpuPerQuery() != 30 {
		t.Errorf("%v queries/s, %v us", s.perSecond(), s.cpuPerQuery())
	}
}

func TestMedian(t *testing.T) {
	of := func(n int) sample { return sample{queries: n, took: time.Second} }
	if got := median([]sample{of(9), of(1), of(5)}, sample.perSecond); got != 5 {
		t.Errorf("median is %v", got)
	}
	if got := median(nil, sample.perSecond); got != 0 {
		t.Errorf("median of nothing is %v", got)
	}
}

func TestCPUOf(t *testing.T) {
	if cpuOf(0) != 0 {
		t.Error("nobody has used CPU time")
	}
	if runtime.GOOS != "linux" {
		return
	}
	begin := cpuOf(os.Getpid())
	deadline := time.Now().Add(10 * time.Second)
	for cpuOf(os.Getpid()) <= begin {
		if time.Now().After(deadline) {
			t.Fatal("work uses no CPU time")
		}
		_ = strings.Repeat("work", 1000)
	}
}

func TestRowsSayWhichTheyAre(t *testing.T) {
	if got := text(42, 20); got != "42-01234567890123456" {
		t.Errorf("got %q", got)
	}
}
