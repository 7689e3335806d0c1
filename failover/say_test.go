package failover

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/shardway/shardway/topology"
)

// What is wrong is logged once, not each second with other figures, and again
// when something else is wrong.
func TestWhatIsWrongIsToldOnce(t *testing.T) {
	var out bytes.Buffer
	g := &group{id: "g1", log: slog.New(slog.NewTextHandler(&out, nil))}
	tell := func(v View) int {
		was := strings.Count(out.String(), "\n")
		var lines, meaning []string
		for _, a := range Decide(v, DefaultPolicy(100), now()) {
			lines, meaning = append(lines, a.String()), append(meaning, a.meaning())
		}
		g.say(lines, meaning, false)
		return strings.Count(out.String(), "\n") - was
	}
	view := func(late time.Duration, attempt int, errno string) View {
		v := View{Group: topology.Group{ID: "g1", Primary: "a", Term: 7, Ackers: []string{"b"}}, Instances: []Instance{
			{ID: "a", Role: topology.RolePrimary, Host: "a", Port: 1}, {ID: "b", Role: topology.RoleReplica, Host: "b", Port: 2},
		}}
		for n := range v.Instances {
			healthy(&v, &v.Instances[n])
		}
		v.BeatSince, v.BeatState = now().Add(-late), "Waiting for semi-sync ACK from replica"
		b := &v.Instances[1]
		b.Source.Receiver, b.Source.ReceiverErrno = "Connecting", 2003
		b.Source.ReceiverError = receiverError(fmt.Sprintf("Error reconnecting to source 'u@a:1'. This was attempt %d/86400, with a delay of 1 seconds between attempts. Message: %s", attempt, errno))
		return v
	}
	for n, c := range []struct {
		v    View
		want int
	}{
		{view(time.Second, 1, "refused"), 1},
		{view(2*time.Second, 2, "refused"), 0},
		{view(3*time.Second, 3, "refused"), 0},
		{view(3*time.Second, 3, "no route"), 1},
		{view(5*time.Second, 4, "no route"), 1}, // now it is cut, and replaced
		{view(6*time.Second, 5, "no route"), 0},
	} {
		if got := tell(c.v); got != c.want {
			t.Errorf("step %d: %d lines, want %d:\n%s", n, got, c.want, out.String())
		}
	}
}
