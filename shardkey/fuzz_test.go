package shardkey_test

import (
	"bytes"
	"testing"

	"github.com/shardway/shardway/shardkey"
)

// FuzzRouteStore: no value panics, what is before dst's end stays, and a value
// that routes and can be stored has one canonical form.
func FuzzRouteStore(f *testing.F) {
	for _, w := range words {
		f.Add(uint8(shardkey.String), uint8(0), []byte(w))
	}
	for _, n := range numbers {
		f.Add(uint8(shardkey.Int), uint8(0), []byte(n))
	}
	for _, c := range clocks {
		f.Add(uint8(shardkey.DateTime), uint8(1), []byte(c))
	}
	all := columns()
	f.Fuzz(func(t *testing.T, kind, charset uint8, text []byte) {
		v := shardkey.Value{Kind: shardkey.Kind(kind % 12), Charset: shardkey.Charset(charset % 4), Bytes: text}
		for _, c := range all {
			for _, key := range []shardkey.Key{{c}, {c, c}} {
				vals := []shardkey.Value{v, v}[:len(key)]
				routed, ok := key.Route([]byte("dst"), vals)
				stored, outcome := key.Store([]byte("dst"), vals)
				if !bytes.HasPrefix(routed, []byte("dst")) || !bytes.HasPrefix(stored, []byte("dst")) {
					t.Fatalf("%s: dst is lost: %q, %q", describe(c, v), routed, stored)
				}
				if !ok && len(routed) != 3 || outcome != shardkey.Stored && len(stored) != 3 {
					t.Fatalf("%s: bytes are left: %q, %q", describe(c, v), routed, stored)
				}
				if ok && outcome == shardkey.Stored && !bytes.Equal(routed, stored) {
					t.Fatalf("%s: routes to %q, is stored as %q", describe(c, v), routed, stored)
				}
			}
		}
	})
}

// FuzzType: no column type panics.
func FuzzType(f *testing.F) {
	for _, c := range columns() {
		f.Add(c.Type, c.Collation)
	}
	f.Add("decimal(99999999999999999999,99)", "")
	f.Fuzz(func(t *testing.T, kind, collation string) {
		c := shardkey.Column{Name: "k", Type: kind, Collation: collation}
		key := shardkey.Key{c}
		supported := c.Check() == nil
		for _, text := range []string{"", "5", "-12.5", "2024-01-05"} {
			for k := shardkey.Other; k <= shardkey.Time; k++ {
				_, ok := key.Route(nil, []shardkey.Value{value(k, text)})
				_, outcome := key.Store(nil, []shardkey.Value{value(k, text)})
				if !supported && (ok || outcome != shardkey.Unsure) {
					t.Fatalf("%q is not supported and used", kind)
				}
			}
		}
	})
}
