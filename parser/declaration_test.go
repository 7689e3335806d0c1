package parser

import (
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestParseDeclaration(t *testing.T) {
	for comment, want := range map[string]Declaration{
		"shardway:shard_key=customer_id":                           {ShardKey: []string{"customer_id"}},
		"orders of a customer. shardway: Shard_Key = a , `B c` ; ": {ShardKey: []string{"a", "B c"}},
		"shardway:reference":                                       {Reference: true},
		"shardway:single":                                          {Single: true},
		"shardway:shard_key=a;unique=shard":                        {ShardKey: []string{"a"}, UniqueShard: true},
		"shardway:unique=shard":                                    {UniqueShard: true},
	} {
		got, found, err := ParseDeclaration(comment)
		if err != nil || !found || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v, %v", comment, got, found, err)
		}
		again, found, err := ParseDeclaration(got.String())
		if err != nil || !found || !reflect.DeepEqual(again, want) {
			t.Errorf("%q printed as %q: %+v, %v, %v", comment, got.String(), again, found, err)
		}
	}
	if d, found, err := ParseDeclaration("a table about shardway"); found || err != nil || d.String() != "" {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestDeclarationErrorsTeach: each error says what to write instead.
func TestDeclarationErrorsTeach(t *testing.T) {
	for comment, teaches := range map[string]string{
		"shardway:":                            "shard_key=column",
		"shardway:shardkey=a":                  "shard_key=column",
		"shardway:shard_key=":                  "shard_key=customer_id",
		"shardway:shard_key=a,,b":              "shard_key=tenant,id",
		"shardway:shard_key=a,A":               "twice",
		"shardway:shard_key=a;shard_key=b":     "twice",
		"shardway:shard_key=a;reference":       "one kind",
		"shardway:single;reference":            "one kind",
		"shardway:reference=yes":               "shardway:reference",
		"shardway:shard_key=a;unique=global":   "unique=shard",
		"shardway:unique":                      "unique=shard",
		"shardway:reference;unique=shard":      "sharded tables alone",
		"shardway:shard_key=a reference":       "",
		"shardway:shard_key=a; and other text": "not known",
	} {
		_, found, err := ParseDeclaration(comment)
		if teaches == "" {
			continue
		}
		if !found || !errors.Is(err, ErrDeclaration) || !strings.Contains(err.Error(), teaches) {
			t.Errorf("%q: %v", comment, err)
		}
	}
}
