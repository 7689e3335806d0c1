package admin

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"github.com/shardway/shardway/heat"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// hotKeysMax is how many keys of a keyspace are shown.
const hotKeysMax = 20

// HotKeyspace is where the load of a keyspace is, over all proxies, of late:
// statements that one shard key places.
type HotKeyspace struct {
	Keyspace  string     `json:"keyspace"`
	PerSecond float64    `json:"per_second"`
	Shards    []HotShard `json:"shards"`
	Keys      []HotKey   `json:"keys"`
}

// HotShard is a shard's load, and how it could be split by load.
type HotShard struct {
	Name      string  `json:"name"`
	Group     string  `json:"group"`
	PerSecond float64 `json:"per_second"`
	Share     float64 `json:"share"`
	// Cut proposes how to split it into as many parts as were asked for.
	Cut HotCut `json:"cut"`
}

// HotCut is a proposal; At are tokens as hex prefixes.
type HotCut struct {
	At     []string  `json:"at"`
	Shares []float64 `json:"shares"`
	// Alone is a key that dominates wherever it goes.
	Alone *HotKey `json:"alone,omitempty"`
}

// HotKey is a shard key that has much of the load.
type HotKey struct {
	Token string `json:"token"`
	// Value is a value of its first column, as it was last written, perhaps cut.
	Value     string  `json:"value"`
	Shard     string  `json:"shard"`
	PerSecond float64 `json:"per_second"`
	Share     float64 `json:"share"`
}

// hot says where the load is; ?into= is how many parts shards would be split into.
func (s *Server) hot(c call, _ nothing) ([]HotKeyspace, error) {
	into := 2
	if text := c.request.URL.Query().Get("into"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 2 || n > 64 {
			return nil, &topology.Refused{Code: topology.CodeInvalid, Message: "into is a number from 2 to 64"}
		}
		into = n
	}
	snap, err := s.opts.Store.Load(c)
	if err != nil {
		return nil, err
	}
	loads, err := s.opts.Proxies.Heat(c)
	if err != nil {
		return nil, err
	}
	list := []HotKeyspace{}
	for _, k := range sortedValues(snap.Keyspaces) {
		list = append(list, hotKeyspace(k, loads[k.Name], into))
	}
	return list, nil
}

func hotKeyspace(k *topology.Keyspace, l heat.Load, into int) HotKeyspace {
	total := l.Total()
	h := HotKeyspace{Keyspace: k.Name, PerSecond: total, Shards: []HotShard{}, Keys: []HotKey{}}
	for _, shard := range k.Shards {
		s := HotShard{Name: topology.ShardName(k.Name, shard.Range), Group: shard.Group, PerSecond: l.Between(shard.Range.Start, shard.Range.End)}
		s.Share = share(s.PerSecond, total)
		cut := l.Cut(shard.Range.Start, shard.Range.End, into)
		s.Cut = HotCut{At: []string{}, Shares: cut.Shares}
		for _, at := range cut.At {
			s.Cut.At = append(s.Cut.At, tokenText(at))
		}
		if cut.Alone != nil {
			alone := hotKey(k, cut.Alone, total)
			s.Cut.Alone = &alone
		}
		h.Shards = append(h.Shards, s)
	}
	for i := range l.Keys[:min(len(l.Keys), hotKeysMax)] {
		h.Keys = append(h.Keys, hotKey(k, &l.Keys[i], total))
	}
	return h
}

func hotKey(k *topology.Keyspace, key *heat.Key, total float64) HotKey {
	h := HotKey{Token: tokenText(key.Token), Value: key.Text, PerSecond: key.PerSecond - key.Over, Share: share(key.PerSecond-key.Over, total)}
	if shard := k.ShardFor(key.Token); shard != nil {
		h.Shard = topology.ShardName(k.Name, shard.Range)
	}
	return h
}

func share(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return part / whole
}

// tokenText writes a token as the bound of a range.
func tokenText(t shardkey.Token) string {
	text := topology.Range{Start: t}.String()
	return text[:len(text)-1]
}

// Heat adds up what all proxies have counted, by keyspace.
func (p *HTTPProxies) Heat(ctx context.Context) (map[string]heat.Load, error) {
	members, err := p.members(ctx)
	if err != nil {
		return nil, err
	}
	sum := make(map[string]heat.Load)
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, member := range members {
		all.Go(func() {
			var loads map[string]heat.Load
			if p.ask(ctx, member, http.MethodGet, "/v1/heat", nil, &loads) != nil {
				return // what one proxy has counted is missing: shares hardly change
			}
			mu.Lock()
			defer mu.Unlock()
			for name, l := range loads {
				both := sum[name]
				both.Add(l)
				sum[name] = both
			}
		})
	}
	all.Wait()
	return sum, nil
}

// Hot says where the load of each keyspace is, and how shards could be split
// into parts by it.
func (c *Client) Hot(ctx context.Context, into int) ([]HotKeyspace, error) {
	return get[[]HotKeyspace](ctx, c, "/v1/hot?into="+url.QueryEscape(strconv.Itoa(into)))
}
