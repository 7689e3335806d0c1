package testkit_test

import (
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func TestServerIsShared(t *testing.T) {
	a, b := testkit.Server(t, testkit.Options{}), testkit.Server(t, testkit.Options{})
	if a != b {
		t.Error("equal options gave two servers")
	}
	other := testkit.Server(t, testkit.Options{Name: "other"})
	if other.Port == a.Port {
		t.Error("different names gave one server")
	}
	db := a.DB(t, a.Schema(t))
	testkit.Exec(t, db, "CREATE TABLE x (a INT PRIMARY KEY)", "INSERT INTO x VALUES (1)")
}

func TestEtcd(t *testing.T) {
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{testkit.Etcd(t)}, DialTimeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Put(t.Context(), testkit.Name(), "x"); err != nil {
		t.Fatal(err)
	}
	testkit.OwnEtcds(t, 1)[0].Close()
}
