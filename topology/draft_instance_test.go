package topology

import (
	"testing"
	"time"
)

func TestJobsOnInstancesAreRefused(t *testing.T) {
	job := InstanceJob{ID: "1", Kind: InstanceRebuild}
	remove := InstanceJob{ID: "2", Kind: InstanceRemove}
	for name, c := range map[string]struct {
		want Code
		edit func(d *Draft) error
	}{
		"drain nobody":            {CodeNotFound, func(d *Draft) error { return d.Drain("x", true) }},
		"drain the primary":       {CodeInUse, func(d *Draft) error { return d.Drain("a1", true) }},
		"drain a spare":           {CodeInvalid, func(d *Draft) error { return d.Drain("s1", true) }},
		"provision for no group":  {CodeNotFound, func(d *Draft) error { return d.Provision("g9", "s1", job) }},
		"provision for a new one": {CodeInUse, func(d *Draft) error { return d.Provision("g2", "s1", job) }},
		"provision a replica":     {CodeInUse, func(d *Draft) error { return d.Provision("g1", "a2", job) }},
		"rebuild nobody":          {CodeNotFound, func(d *Draft) error { return d.BeginInstanceJob("x", job) }},
		"rebuild the primary":     {CodeInUse, func(d *Draft) error { return d.BeginInstanceJob("a1", job) }},
		"rebuild a spare":         {CodeInvalid, func(d *Draft) error { return d.BeginInstanceJob("s1", job) }},
		"rebuild twice": {CodeInUse, func(d *Draft) error {
			_ = d.BeginInstanceJob("a2", job)
			return d.BeginInstanceJob("a2", job)
		}},
		"remove twice": {CodeInUse, func(d *Draft) error {
			_ = d.BeginInstanceJob("a2", remove)
			return d.BeginInstanceJob("a2", remove)
		}},
		"rebuild in the middle of a failover": {CodeInUse, func(d *Draft) error {
			d.Groups["g1"].Operation = &Operation{}
			return d.BeginInstanceJob("a2", job)
		}},
		"remove the only acker": {CodeInUse, func(d *Draft) error {
			d.Groups["g1"].Ackers = []string{"a2"}
			return d.BeginInstanceJob("a2", remove)
		}},
		"advance what is not": {CodeInvalid, func(d *Draft) error { return d.AdvanceInstanceJob("a2", job) }},
		"end it as an acker":  {CodeInvalid, func(d *Draft) error { _ = d.BeginInstanceJob("a2", job); return d.EndInstanceJob("a2", job) }},
		"switch over to a drained": {CodeInUse, func(d *Draft) error {
			_ = d.Drain("a2", true)
			return d.BeginOperation("g1", Operation{From: "a1", To: "a2"})
		}},
	} {
		if code := refusal(t, c.edit); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
}

func TestJobsOnInstances(t *testing.T) {
	d := sample(t).Edit()
	job := *(&InstanceJob{ID: "1", Kind: InstanceProvision}).With("requested", time.Now())
	snap := finish(t, d, d.Provision("g1", "s1", job), d.Drain("a2", true))
	if i := snap.Instances["s1"]; i.Group != "g1" || i.Job.Phase != InstanceLeaving || i.Serves() || snap.Instances["a2"].Serves() {
		t.Errorf("%+v", i)
	}
	d = snap.Edit()
	d.Instances["s1"].Job.Phase = InstanceCloning
	if snap.Instances["s1"].Job.Phase != InstanceLeaving {
		t.Error("editing the draft has changed the snapshot")
	}
	remove := InstanceJob{ID: "2", Kind: InstanceRemove}
	// A removal takes the place of what does not end.
	snap = finish(t, d, d.BeginInstanceJob("s1", remove), d.EndInstanceJob("s1", remove))
	if snap.Instances["s1"] != nil || len(d.Ended) != 1 || d.Ended[0].To != "s1" || d.Ended[0].Group != "g1" {
		t.Errorf("%+v", d.Ended)
	}
	d = snap.Edit()
	job.Lost = "uuid:1"
	snap = finish(t, d, d.SetAckers("g1", *d.Groups["g1"], []string{"a3"}), d.BeginInstanceJob("a2", job), d.EndInstanceJob("a2", job))
	if i := snap.Instances["a2"]; i.Job != nil || !i.Drained || d.Ended[0].Reason != "asked for by an operator; it alone had uuid:1" {
		t.Errorf("%+v", i)
	}
	d = snap.Edit()
	if snap = finish(t, d, d.Publish("g1", "a2", 2)); snap.Instances["a2"].Drained {
		t.Error("a primary is drained")
	}
}
