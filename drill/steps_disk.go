package drill

import (
	"context"
	"fmt"
)

// fillDisk leaves no room where a server's data are, for as long as steps take.
func fillDisk(w who, meanwhile ...Step) Step {
	return spoilDisk("fill the disk of "+w.name, "make room", "is full", "has room", Disks.Fill, w, meanwhile)
}

// stallDisk lets nothing that is written where a server's data are come to an
// end, for as long as steps take.
func stallDisk(w who, meanwhile ...Step) Step {
	return spoilDisk("stop the disk of "+w.name, "let it go on", "stands", "goes on", Disks.Stall, w, meanwhile)
}

type spoiling func(d Disks, ctx context.Context, p Process) (mend func(ctx context.Context) error, err error)

func spoilDisk(what, undo, bad, good string, spoil spoiling, w who, meanwhile []Step) Step {
	return Step{together(what, meanwhile) + ", " + undo, func(ctx context.Context, s *scene) error {
		disks, ok := s.cluster.(Disks)
		if !ok {
			return fmt.Errorf("%w: its servers' disks cannot be spoilt without spoiling this machine's", ErrUnable)
		}
		p, err := w.find(ctx, s)
		if err != nil {
			return err
		}
		mend, err := spoil(disks, ctx, p)
		if err != nil {
			return err
		}
		s.say("the disk of %s %s", p, bad)
		return s.during(ctx, func(ctx context.Context) error {
			s.say("the disk of %s %s", p, good)
			return mend(ctx)
		}, meanwhile)
	}}
}
