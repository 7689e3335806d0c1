package embedetcd_test

import (
	"context"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/internal/embedetcd"
)

// What was written is there after a restart in the same folder.
func TestDataSurviveARestart(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, write := range []bool{true, false} {
		s, err := embedetcd.Start(ctx, embedetcd.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		client, err := clientv3.New(clientv3.Config{Endpoints: []string{s.URL()}})
		if err != nil {
			t.Fatal(err)
		}
		if write {
			_, err = client.Put(ctx, "k", "v")
		} else {
			var answer *clientv3.GetResponse
			if answer, err = client.Get(ctx, "k"); err == nil && (len(answer.Kvs) != 1 || string(answer.Kvs[0].Value) != "v") {
				t.Errorf("%v", answer.Kvs)
			}
		}
		if err != nil {
			t.Error(err)
		}
		_ = client.Close()
		s.Close()
	}
}
