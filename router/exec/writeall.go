package exec

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// part is one group's share of a write over several groups.
type part struct {
	l    *lease
	text []byte
	// params are bound to the text's ?, if it has any.
	params []mysql.Param
	// read: the statement's answer has been read.
	read bool
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
	sum, err := s.writeGroups(ctx, groups, texts, b.params, r.FixClock)
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

// writeGroups runs one statement on each group, all or nothing as far as
// separate commits can be (safety rule 9): each in a transaction, committed
// only when all have succeeded. It returns what each group said.
// params are bound to the ? of each text.
func (s *Session) writeGroups(ctx context.Context, groups []string, texts [][]byte, params []mysql.Param, fixClock bool) ([]mysql.Summary, error) {
	if s.tx != nil || s.manual() {
		return nil, notSupported("this statement writes on groups %s; transactions that write on several groups are not supported: run it with autocommit, or write rows of one shard", strings.Join(groups, ", "))
	}
	if fixClock {
		defer s.fixClock()()
	}
	parts := make([]*part, 0, len(groups))
	fail := func(err error) ([]mysql.Summary, error) {
		s.undo(parts)
		return nil, err
	}
	for i, group := range groups {
		l, err := s.acquire(ctx, group, plan.AccessWrite, &Statement{})
		if err != nil {
			_, err = s.notSent(err, &Statement{Level: LevelPrimary})
			return fail(err)
		}
		p := &part{l: l, text: texts[i], params: params}
		parts = append(parts, p)
		l.b.Instance().CountWrite()
		err = s.sendPart(p)
		if errors.As(err, &p.sum.Err) && !l.b.Broken() && !errors.As(err, new(*setupError)) { // it does not parse, for one
			p.read = true
			return fail(p.sum.Err)
		}
		if err != nil {
			p.l = nil
			s.broke(l, err)
			return fail(brokeServer(l.where(), err, false))
		}
	}
	var refused *mysql.Error
	for _, p := range parts {
		if err := s.readPart(p); err != nil {
			l := p.l
			p.l = nil
			s.broke(l, err)
			return fail(brokeServer(l.where()+", execute; rolled back on every group", err, false))
		}
		p.read = true
		if p.sum.Err != nil && refused == nil {
			refused = p.sum.Err
		}
		if err := s.hear(p.l, &p.sum); err != nil {
			l := p.l
			p.l = nil
			s.broke(l, err)
			return fail(brokeServer(l.where()+", SHOW WARNINGS; rolled back on every group", err, false))
		}
	}
	if refused != nil {
		return fail(refused)
	}
	return s.commitParts(parts)
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

// undo rolls back on every group; a statement that has not ended is stopped.
func (s *Session) undo(parts []*part) {
	for _, p := range parts {
		switch {
		case p.l == nil:
		case !p.read:
			s.cut(p.l, nil)
		default:
			s.finish(p.l, "ROLLBACK")
		}
	}
}

func (s *Session) sendPart(p *part) error {
	if err := s.control(p.l, "START TRANSACTION"); err != nil {
		return err
	}
	if len(p.params) > 0 {
		return s.sendBinary(p.l, p.text, p.params)
	}
	if err := p.l.b.WriteCommand(mysql.ComQuery, p.text); err != nil {
		return err
	}
	return p.l.b.Flush()
}

func (s *Session) readPart(p *part) error {
	if err := p.l.drain(); err != nil {
		return err
	}
	res, err := p.l.b.ReadResult(mysql.DefaultResultBytes)
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

// commitParts commits on every group at once. If one fails after another has
// committed, the error says who has and who has not.
func (s *Session) commitParts(parts []*part) ([]mysql.Summary, error) {
	for _, p := range parts {
		s.running.remove(p.l)
		_ = p.l.b.SetDeadline(now().Add(s.env.Limits.CommitWait))
		if err := p.l.b.WriteQuery("COMMIT"); err == nil {
			_ = p.l.b.Flush() // a failed write shows when the answer is read
		}
	}
	var done, failed []string
	var unknown bool
	sums := make([]mysql.Summary, 0, len(parts))
	for _, p := range parts {
		sum, err := mysql.Relay(nil, p.l.b.Conn, mysql.RelayOptions{Capture: true})
		switch {
		case err != nil:
			failed, unknown = append(failed, p.l.group+" (no answer, outcome unknown)"), true
			s.broke(p.l, err)
		case sum.Err != nil:
			failed = append(failed, fmt.Sprintf("%s (%v)", p.l.group, sum.Err))
			s.discard(p.l)
		default:
			_ = p.l.b.SetDeadline(time.Time{})
			done = append(done, p.l.group)
			s.saw(p.l.group, sum.GTID)
			sums = append(sums, p.sum)
			s.giveBack(p.l)
		}
	}
	if len(failed) == 0 {
		return sums, nil
	}
	if len(done) == 0 && !unknown {
		return nil, mysql.NewError(mysql.ErUnknown, "commit failed on every group: %s; nothing is written", strings.Join(failed, ", "))
	}
	return nil, mysql.NewError(mysql.ErUnknown, "the statement is committed in part: committed on %s; failed on %s; check the rows of those groups before you go on",
		strings.Join(done, ", "), strings.Join(failed, ", "))
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
