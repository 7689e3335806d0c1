package exec

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// part is one group's share of a write over several groups.
type part struct {
	group string
	l     *lease
	text  []byte
	// params are bound to the text's ?, if it has any.
	params []mysql.Param
	// file is what the server is sent when it asks for it, if isFile is set;
	// assigns are the user variables that the statement leaves on the connection.
	file    []byte
	isFile  bool
	assigns []string
	// copy: the group writes the same rows as the others.
	copy bool
	// read: the statement's answer has been read; err is set if it could not be.
	read bool
	err  error
	sum  mysql.Summary
}

// writeAll sends an UPDATE or DELETE to several groups.
func (s *Session) writeAll(ctx context.Context, r *plan.Route, groups []string, st *Statement) error {
	b, err := s.bind(r.Scatter.Text, st)
	if err != nil {
		return err
	}
	texts := make([][]byte, len(groups))
	for i := range texts {
		texts[i] = b.text
	}
	write := s.writeGroups
	if r.Scatter.Copies {
		write = s.writeCopies
	}
	sum, err := write(ctx, groups, texts, b.params, r.FixClock)
	if err != nil {
		return err
	}
	return s.answerWrite(sum, r.Scatter.Copies)
}

// wholeText is what several groups are sent: the template filled, or the
// client's own statement with its parameters written into it.
func (s *Session) wholeText(t *plan.Template, st *Statement) ([]byte, error) {
	switch {
	case t != nil:
		return s.fill(t, st)
	case st.Text != nil:
		text, err := st.Text.Interpolate(s.scratch[:0])
		s.scratch = text
		return text, err
	default:
		return st.SQL, nil
	}
}

// writeGroups runs one statement on each group, all or nothing, in the open
// transaction or in one of its own. It returns what each group said. params are
// bound to the ? of each text.
func (s *Session) writeGroups(ctx context.Context, groups []string, texts [][]byte, params []mysql.Param, fixClock bool) ([]mysql.Summary, error) {
	return s.writeParts(ctx, groups, texts, params, fixClock, false)
}

// writeCopies is writeGroups for a reference table. The lowest group's copy is
// written, and so locked, before the others (safety rule 8): two writers of the
// same rows meet there, and not crosswise.
func (s *Session) writeCopies(ctx context.Context, groups []string, texts [][]byte, params []mysql.Param, fixClock bool) ([]mysql.Summary, error) {
	return s.writeParts(ctx, groups, texts, params, fixClock, true)
}

func (s *Session) writeParts(ctx context.Context, groups []string, texts [][]byte, params []mysql.Param, fixClock, copies bool) ([]mysql.Summary, error) {
	if fixClock {
		defer s.fixClock()()
	}
	var sums []mysql.Summary
	err := s.atomically(ctx, func() error {
		parts := make([]*part, len(groups))
		for i := range groups {
			parts[i] = &part{group: groups[i], text: texts[i], params: params, copy: copies}
		}
		waves := [][]*part{parts}
		if copies {
			lowest := slices.MinFunc(parts, func(a, b *part) int { return strings.Compare(a.group, b.group) })
			waves = [][]*part{{lowest}, slices.DeleteFunc(slices.Clone(parts), func(p *part) bool { return p == lowest })}
		}
		for _, wave := range waves {
			if err := s.runParts(ctx, wave); err != nil {
				return err
			}
		}
		for _, p := range parts {
			sums = append(sums, p.sum)
		}
		return nil
	})
	return sums, err
}

// runParts runs parts at the same time. If one fails, the others are stopped;
// the first error that a server gave is returned.
func (s *Session) runParts(ctx context.Context, parts []*part) error {
	for i, p := range parts {
		l, err := s.acquire(ctx, p.group, plan.AccessWrite, &Statement{})
		if err != nil {
			_, err = s.notSent(err, &Statement{Level: LevelPrimary})
			s.stop(parts[:i])
			return err
		}
		p.l = l
		l.b.Instance().CountWrite()
		err = s.sendPart(p)
		if errors.As(err, &p.sum.Err) && !l.b.Broken() && !errors.As(err, new(*setupError)) { // it does not parse, for one
			s.giveBack(l)
			s.stop(parts[:i])
			return p.sum.Err
		}
		if err != nil {
			s.stop(parts[:i])
			s.broke(l, err)
			return brokeServer(l.where(), err, false)
		}
	}
	refused := s.readParts(parts)
	before := 0
	for i, p := range parts {
		from := len(s.heard)
		if p.err == nil {
			p.err = s.hear(p.l, &p.sum)
		}
		if len(s.rowsAt) == len(parts) {
			s.renumberPart(i, p, s.heard[from:])
		} else if !p.copy && !p.isFile {
			renumber(s.heard[from:], func(row int) int { return before + row })
			before += rowsOf(&p.sum)
		}
		if p.err == nil {
			s.giveBack(p.l)
			continue
		}
		s.broke(p.l, p.err)
		return brokeServer(p.l.where()+", execute; rolled back on every group", p.err, false)
	}
	if refused != nil {
		return refused
	}
	return nil
}

// readParts waits for all answers at once, since one may wait for a lock that
// is released only when another has failed. After the first failure the rest
// are told to stop. It returns that failure if a server gave it.
func (s *Session) readParts(parts []*part) *mysql.Error {
	if len(parts) == 1 {
		parts[0].err = s.readPart(parts[0])
		return parts[0].sum.Err
	}
	answers := make(chan *part, len(parts))
	for _, p := range parts {
		go func() {
			p.err = s.readPart(p)
			answers <- p
		}()
	}
	var refused *mysql.Error
	failed := false
	for range parts {
		p := <-answers
		p.read = true
		if p.sum.Err == nil && p.err == nil || failed {
			continue
		}
		failed, refused = true, p.sum.Err
		for _, o := range parts {
			if !o.read {
				s.kill(o.l)
			}
		}
	}
	return refused
}

// stop ends parts whose answers are no longer wanted; the transaction keeps
// their connections.
func (s *Session) stop(parts []*part) {
	for _, p := range parts {
		s.cut(p.l, nil)
	}
}

func (s *Session) sendPart(p *part) error {
	if len(p.params) > 0 {
		return s.sendBinary(p.l, p.text, p.params)
	}
	for _, name := range p.assigns {
		p.l.b.State.Settings = parseSettings(p.l.b.State.Settings).With(variableSetting(name), "?").text // a value that no setting names
	}
	if err := p.l.b.WriteCommand(mysql.ComQuery, p.text); err != nil {
		return err
	}
	if err := p.l.b.Flush(); err != nil || !p.isFile {
		return err
	}
	if err := p.l.drain(); err != nil {
		return err
	}
	return p.l.b.SendFile(p.file)
}

// readPart reads a part's answer. It uses nothing of the session's: several
// are read at the same time.
func (s *Session) readPart(p *part) error {
	if err := p.l.drain(); err != nil {
		return err
	}
	var res *mysql.Result
	var err error
	if p.isFile {
		res = &mysql.Result{}
		res.Summary, err = p.l.b.ReadFileResult()
	} else {
		res, err = p.l.b.ReadResult(mysql.DefaultResultBytes)
	}
	var my *mysql.Error
	if errors.As(err, &my) && !p.l.b.Broken() {
		p.sum.Err = my
		return nil
	}
	if err != nil {
		return err
	}
	p.sum = res.Summary
	return nil
}

// fixClock makes all groups agree on what time it is until the returned function
// is called (safety rule 24). The time is a variable of the session like any
// other, so every connection that was given it is given another later.
func (s *Session) fixClock() (undo func()) {
	was := s.settings
	if _, own := was.Value("timestamp"); !own {
		at := now()
		s.settings = was.With("timestamp", fmt.Sprintf("%d.%06d", at.Unix(), at.Nanosecond()/1000))
	}
	return func() { s.settings = was }
}

// answerWrite tells the client what several groups did together.
func (s *Session) answerWrite(sums []mysql.Summary, copies bool) error {
	var total mysql.Summary
	for i := range sums {
		total.Warnings += sums[i].Warnings
		if copies && i > 0 {
			continue
		}
		total.AffectedRows += sums[i].AffectedRows
		total.InsertID = max(total.InsertID, sums[i].InsertID)
	}
	if copies {
		total.Warnings = sums[0].Warnings
	}
	return s.answerOK(&total, combinedInfo(sums, copies))
}

// answerOK writes the OK of a statement that the proxy put together.
func (s *Session) answerOK(sum *mysql.Summary, info string) error {
	s.note(plan.AccessWrite, sum)
	if err := s.client.WriteOK(mysql.OK{AffectedRows: sum.AffectedRows, InsertID: sum.InsertID, Status: s.Status(), Warnings: sum.Warnings, Info: info}); err != nil {
		return &FatalError{Err: err}
	}
	return nil
}
