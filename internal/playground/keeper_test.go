package playground

import (
	"context"
	"os/exec"
	"testing"
	"time"

	"github.com/shardway/shardway/internal/child"
	"github.com/shardway/shardway/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// keep starts a keeper of a shell command and returns the ids it tells of.
func keepCommand(t *testing.T, command string) (*keeper, <-chan int) {
	t.Helper()
	pids := make(chan int, 100)
	k := &keeper{
		kind: kindServer, name: "x",
		start: func(context.Context) (process, error) {
			p, err := child.Start(exec.Command("sh", "-c", command))
			if err != nil {
				return nil, err
			}
			return p, nil
		},
		restartAfter: func(int) time.Duration { return time.Millisecond },
		changed:      func(pid int) { pids <- pid },
		say:          func(string, ...any) {},
	}
	if err := k.begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopTogether([]*keeper{k}, kindServer) })
	return k, pids
}

func TestKeeperStartsAgainWhatEnds(t *testing.T) {
	_, pids := keepCommand(t, "exit 3")
	first, ended, second := <-pids, <-pids, <-pids
	if first == 0 || ended != 0 || second == 0 || second == first {
		t.Errorf("ids were %d, %d, %d", first, ended, second)
	}
}

func TestKeeperStops(t *testing.T) {
	k, pids := keepCommand(t, "exec sleep 60")
	<-pids
	stopTogether([]*keeper{k}, kindProxy) // others are left alone
	select {
	case <-k.done:
		t.Fatal("it stopped though nobody told it to")
	default:
	}
	stopTogether([]*keeper{k}, kindServer)
	<-k.done
}
