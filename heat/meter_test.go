package heat

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/shardway/shardway/shardkey"
)

func count(m *Meter, key int, at time.Time) {
	text := fmt.Append(nil, key)
	m.Count("shop", shardkey.Of(text), text, 1, at)
}

// One key of 100,000 has 30 % of the load, and is named within five seconds,
// with about its share; the others are no more than they are.
func TestAHotKeyIsNamed(t *testing.T) {
	var m Meter
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Unix(1000, 0)
	for range 5000 { // a thousand in a second
		at = at.Add(time.Millisecond)
		key := random.IntN(100_000)
		if random.IntN(10) < 3 {
			key = 42
		}
		count(&m, key, at)
	}
	l := m.Load(at)["shop"]
	hottest := l.Keys[0]
	if hottest.Text != "42" || hottest.Token != shardkey.Of([]byte("42")) {
		t.Fatalf("the hottest key is %+v", hottest)
	}
	if share := hottest.PerSecond / l.Total(); share < 0.25 || share > 0.35 {
		t.Errorf("it has %.2f of the load", share)
	}
	if second := l.Keys[1]; second.PerSecond-second.Over > 0.05*l.Total() {
		t.Errorf("another key is hot: %+v", second)
	}
	if len(l.Keys) != keysMax {
		t.Errorf("%d keys are kept", len(l.Keys))
	}
}

// What has ended is forgotten, and a rate comes to what it is.
func TestLoadsCool(t *testing.T) {
	var m Meter
	at := time.Unix(1000, 0)
	for range 60 * 100 {
		at = at.Add(10 * time.Millisecond)
		count(&m, 1, at)
	}
	l := m.Load(at)["shop"]
	if total := l.Total(); total < 90 || total > 110 {
		t.Errorf("a hundred in a second are taken for %.1f", total)
	}
	l = m.Load(at.Add(time.Minute))["shop"]
	if total := l.Total(); total > 3 {
		t.Errorf("after a minute of rest %.1f are left", total)
	}
}

// Two proxies' counts are added, key by key and range by range.
func TestLoadsAdd(t *testing.T) {
	var a, b Meter
	at := time.Unix(1000, 0)
	for range 50 {
		count(&a, 1, at)
		count(&b, 1, at)
		count(&b, 2, at)
	}
	sum, other := a.Load(at)["shop"], b.Load(at)["shop"]
	total := sum.Total() + other.Total()
	sum.Add(other)
	if len(sum.Keys) != 2 || sum.Keys[0].Text != "1" || sum.Keys[0].PerSecond < 1.9*sum.Keys[1].PerSecond {
		t.Errorf("%+v", sum.Keys)
	}
	if got := sum.Total(); got < 0.99*total || got > 1.01*total {
		t.Errorf("%.2f and not %.2f in all", got, total)
	}
}

func BenchmarkCount(b *testing.B) {
	var m Meter
	at := time.Unix(1000, 0)
	key := 0
	for b.Loop() {
		key++
		count(&m, key, at)
	}
}
