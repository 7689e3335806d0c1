package drill

import (
	"context"
	"fmt"
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
