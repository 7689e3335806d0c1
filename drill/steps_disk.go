package drill

import (
	"context"
	"fmt"
	"time"
)

// roomMax is how long a replica whose disk was full may need once there is room:
// MySQL looks once a minute, and has to apply what was written by then. It has
// caught up when it is less than closeBehind late.
const (
	roomMax     = 2 * time.Minute
	closeBehind = time.Second
)

// fillDisk leaves no room where a server's data are, for as long as steps take.
func fillDisk(w who, meanwhile ...Step) Step {
	return Step{together("fill the disk of "+w.name, meanwhile) + ", make room", func(ctx context.Context, s *scene) error {
		disks, ok := s.cluster.(Disks)
		if !ok {
			return fmt.Errorf("%w: its servers' disks cannot be filled without filling this machine's", ErrUnable)
		}
		p, err := w.find(ctx, s)
		if err != nil {
			return err
		}
		empty, err := disks.Fill(ctx, p)
		if err != nil {
			return err
		}
		s.say("the disk of %s is full", p)
		return s.during(ctx, func(ctx context.Context) error {
			s.say("there is room on the disk of %s", p)
			return empty(ctx)
		}, meanwhile)
	}}
}

// follows waits until a server, while clients write, has what its primary has
// but for the last moment.
func follows(w who) Step {
	return Step{"wait until " + w.name + " has caught up", func(ctx context.Context, s *scene) error {
		p, err := w.find(ctx, s)
		if err != nil {
			return err
		}
		for end := time.Now().Add(roomMax); ; {
			from := time.Now()
			var executed string
			if err := s.servers[s.primary].QueryRowContext(ctx, "SELECT @@GLOBAL.gtid_executed").Scan(&executed); err != nil {
				return fmt.Errorf("%w: %s: %w", errNotTold, s.primary, err)
			}
			var late bool
			if err := s.servers[p.ID].QueryRowContext(ctx, "SELECT WAIT_FOR_EXECUTED_GTID_SET(?, ?)", executed, time.Until(end).Seconds()).Scan(&late); err != nil {
				return fmt.Errorf("%w: %s: %w", errNotTold, p, err)
			}
			switch {
			case late || time.Now().After(end):
				return fmt.Errorf("%w: %s has not caught up after %s", errBroken, p, roomMax)
			case time.Since(from) < closeBehind:
				return nil
			}
		}
	}}
}
