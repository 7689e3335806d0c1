package exec

import (
	"context"
	"fmt"

	"github.com/shardway/shardway/mysql"
)

// Bounds of what a statement of several steps sends at once.
const (
	// batchKeysMax bounds the rows of one statement, batchBytesMax its text.
	batchKeysMax  = 1000
	batchBytesMax = 1 << 20
	// batchesBytesMax bounds the statements that wait to be sent.
	batchesBytesMax = 8 << 20
)

// batch gathers statements of the proxy's own for several groups. Rows that have
// the same text around them go in one statement; each group gets its own in
// order, all groups theirs at the same time.
type batch struct {
	s      *Session
	groups []string
	texts  map[string][]*batchText
	bytes  int
	// copies: every group gets the same, the lowest first.
	copies bool
}

// batchText is one statement: head, items, tail.
type batchText struct {
	head, tail string
	text       []byte
	items      int
}

func newBatch(s *Session) *batch { return &batch{s: s, texts: map[string][]*batchText{}} }

// add puts an item, a key or a row, into the group's last statement if that has
// the same head and tail and room, or begins another.
func (b *batch) add(group, head, item, tail string) {
	list, known := b.texts[group]
	if !known {
		b.groups = append(b.groups, group)
	}
	var t *batchText
	if n := len(list); n > 0 {
		t = list[n-1]
	}
	if t == nil || t.head != head || t.tail != tail || t.items >= batchKeysMax || len(t.text)+len(item) > batchBytesMax {
		t = &batchText{head: head, tail: tail, text: []byte(head)}
		b.texts[group] = append(list, t)
		b.bytes += len(head) + len(tail)
	} else {
		t.text = append(t.text, ", "...)
	}
	t.text = append(t.text, item...)
	t.items++
	b.bytes += len(item)
}

// full reports whether what waits should be sent.
func (b *batch) full() bool { return b.bytes >= batchesBytesMax }

// flush sends everything. took is told what the groups said, statement by
// statement, and how many items each was given.
func (b *batch) flush(ctx context.Context, took func(sums []mysql.Summary, items []int)) error {
	for round := 0; ; round++ {
		var groups []string
		var texts [][]byte
		var items []int
		for _, g := range b.groups {
			if list := b.texts[g]; round < len(list) {
				groups = append(groups, g)
				texts = append(texts, append(list[round].text, list[round].tail...))
				items = append(items, list[round].items)
			}
		}
		if len(groups) == 0 {
			break
		}
		write := b.s.writeGroups
		if b.copies {
			write = b.s.writeCopies
		}
		sums, err := write(ctx, groups, texts, nil, false)
		if err != nil {
			return err
		}
		took(sums, items)
	}
	b.groups, b.texts, b.bytes = nil, map[string][]*batchText{}, 0
	return nil
}

// writeTally is what the steps of a statement have done so far.
type writeTally struct {
	sum              mysql.Summary
	matched, changed int64
}

// add counts what groups said. Of copies the first one's rows count.
func (t *writeTally) add(sums []mysql.Summary, copies bool) {
	for i := range sums {
		if copies && i > 0 {
			continue
		}
		t.sum.AffectedRows += sums[i].AffectedRows
		t.sum.Warnings += sums[i].Warnings
		if labels, n := splitInfo(sums[i].Info); len(n) == 3 && labels[0] == matchedLabel {
			t.matched, t.changed = t.matched+n[0], t.changed+n[1]
		}
	}
}

// info is what MySQL says of an UPDATE; of a DELETE it says nothing.
func (t *writeTally) info(verb string) string {
	if verb != "UPDATE" {
		return ""
	}
	return fmt.Sprintf(matchedLabel+": %d  Changed: %d  Warnings: %d", t.matched, t.changed, t.sum.Warnings)
}

// matchedLabel is how the info of an UPDATE begins.
const matchedLabel = "Rows matched"
