package bank

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// good are books and a log that agree.
func good() (*Books, []*Log) {
	b := &Books{
		Balances: map[int]int64{1: Start - 5, 2: Start + 5, 3: Start},
		Lines:    []Line{{Writer: 7, Seq: 1, Source: 1, Target: 2, Amount: 5}},
	}
	return b, []*Log{{Writer: 7, Outcomes: []Outcome{Acknowledged, Failed, Unknown}}}
}

func TestGoodBooks(t *testing.T) {
	b, logs := good()
	if err := b.Check(3, logs, nil); err != nil {
		t.Error(err)
	}
	b.Balances[3], b.Balances[1] = Start+2, Start-7
	if err := b.Check(3, logs, []Line{{Source: 1, Target: 3, Amount: 2}}); err != nil {
		t.Errorf("with a transfer from elsewhere: %v", err)
	}
}

// TestBadBooks: each way in which money can go wrong is found.
func TestBadBooks(t *testing.T) {
	for name, one := range map[string]struct {
		spoil func(*Books, []*Log)
		want  string
	}{
		"lost money":      {func(b *Books, _ []*Log) { b.Balances[3]-- }, "the total is 2999"},
		"half a transfer": {func(b *Books, _ []*Log) { b.Balances[1]++; b.Balances[3]-- }, "account 1 has 996, the journal says 995"},
		"lost account":    {func(b *Books, _ []*Log) { delete(b.Balances, 3) }, "2 accounts"},
		"lost transfer": {
			func(_ *Books, l []*Log) { l[0].Outcomes = append(l[0].Outcomes, Acknowledged) },
			"transfer 4 of writer 7 was acknowledged and is not there",
		},
		"undead transfer": {func(_ *Books, l []*Log) { l[0].Outcomes[0] = Failed }, "transfer 1 of writer 7 failed and is there"},
		"double line":     {func(b *Books, _ []*Log) { b.Lines = append(b.Lines, b.Lines[0]) }, "is there twice"},
	} {
		b, logs := good()
		one.spoil(b, logs)
		if err := b.Check(3, logs, nil); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOrder: a read may see a transfer under way, and must see one that was
// acknowledged; one of unknown outcome may come late.
func TestOrder(t *testing.T) {
	at := func(from, to int) span {
		base := time.Unix(1000, 0)
		return span{base.Add(time.Duration(from) * time.Second), base.Add(time.Duration(to) * time.Second)}
	}
	logs := []*Log{{Writer: 1, Outcomes: []Outcome{Acknowledged, Unknown, Failed}, spans: []span{at(0, 10), at(20, 30), at(40, 50)}}}
	for _, one := range []struct {
		seen []Seen
		fits bool
	}{
		{[]Seen{{1, 0, at(1, 2)}, {1, 1, at(3, 4)}}, true},
		{[]Seen{{1, 1, at(1, 2)}, {1, 0, at(3, 4)}}, false},
		{[]Seen{{1, 0, at(11, 12)}}, false},
		{[]Seen{{1, 1, at(31, 32)}, {1, 2, at(60, 61)}}, true},
		{[]Seen{{1, 2, at(31, 32)}, {1, 1, at(60, 61)}}, false},
		{[]Seen{{1, 2, at(11, 12)}}, false},
		{[]Seen{{1, 3, at(60, 61)}}, false},
	} {
		if err := CheckOrder(logs, one.seen); errors.Is(err, ErrOrder) == one.fits {
			t.Errorf("%+v: %v", one.seen, err)
		}
	}
	late := []Seen{{1, 0, at(13, 14)}, {1, 1, at(17, 18)}}
	for end, fits := range map[int]bool{11: false, 16: true} {
		outage := Outage{From: at(9, 9).begin, To: at(end, end).begin}
		if err := CheckOrder(logs, late, outage); errors.Is(err, ErrOrder) == fits {
			t.Errorf("an outage until %d: %v", end, err)
		}
	}
}
