package exec

import (
	"bytes"

	"github.com/shardway/shardway/router/plan"
)

// recordReader cuts a file into records by the rules of LOAD DATA. It finds where
// records and fields begin and end; what they mean is left to MySQL.
// https://dev.mysql.com/doc/refman/8.4/en/load-data.html
type recordReader struct {
	format *plan.LoadFormat
	// fields is how many fields of a record are looked at.
	fields int

	buf []byte
	at  int
	// eof: nothing comes behind buf; short: more of it is needed to go on.
	eof, short bool
}

// record is one of them. Its bytes are valid until the reader goes on.
type record struct {
	raw    []byte
	fields []recordField
	// exact: there are no fewer and no more fields than the statement takes.
	exact bool
}

// recordField is one field: its value, and where it stands in the record.
type recordField struct {
	value      []byte
	null       bool
	start, end int
}

// next returns the next record. ok is false if there is none in what has been
// read of the file: then short says whether more may give one.
func (p *recordReader) next() (r record, ok bool) {
	start := p.at
	p.short = false
	r, ok = p.record()
	if p.short {
		p.at = start
		return record{}, false
	}
	return r, ok
}

func (p *recordReader) record() (r record, ok bool) {
	start := p.at
	if !p.begin() {
		return r, false
	}
	for len(r.fields) < p.fields {
		f, line, found := p.field()
		if p.short {
			return r, false
		}
		if !found {
			if len(r.fields) == 0 {
				return r, false // the file has come to its end
			}
			r.raw = p.buf[start:p.at]
			return r, true
		}
		f.start, f.end = f.start-start, f.end-start
		r.fields = append(r.fields, f)
		if line {
			r.exact = len(r.fields) == p.fields
			r.raw = p.buf[start:p.at]
			return r, true
		}
	}
	p.line() // what is behind the last field
	r.raw = p.buf[start:p.at]
	return r, !p.short
}

// skip goes behind the end of a line. It returns false if more of the file is
// needed for it.
func (p *recordReader) skip() bool {
	start := p.at
	p.short = false
	p.line()
	if p.short {
		p.at = start
	}
	return !p.short
}

// get is the next byte, -1 at the end.
func (p *recordReader) get() int {
	if p.at >= len(p.buf) {
		p.short = p.short || !p.eof
		return -1
	}
	p.at++
	return int(p.buf[p.at-1])
}

// is reports whether a text stands here, and goes behind it.
func (p *recordReader) is(text string) bool {
	if text == "" {
		return false
	}
	rest := p.buf[p.at:]
	if len(rest) < len(text) {
		p.short = p.short || !p.eof && bytes.HasPrefix([]byte(text), rest)
		return false
	}
	if string(rest[:len(text)]) != text {
		return false
	}
	p.at += len(text)
	return true
}

// begin goes behind what lines start with, leaving out what is before it.
func (p *recordReader) begin() bool {
	if p.format.Start == "" {
		return true
	}
	for !p.is(p.format.Start) {
		if p.short || p.get() < 0 {
			return false
		}
	}
	return true
}

// line goes behind the end of the line.
func (p *recordReader) line() {
	for !p.is(p.format.End) {
		if p.short {
			return
		}
		c := p.get()
		if c < 0 {
			return
		}
		if p.escape(c) && p.get() < 0 {
			return
		}
	}
}

func (p *recordReader) escape(c int) bool {
	return p.format.Escaped != "" && c == int(p.format.Escaped[0])
}

// field reads a field. line: the line ends with it. found is false at the file's
// end.
func (p *recordReader) field() (f recordField, line, found bool) {
	quote := -1
	f.start = p.at
	if p.at >= len(p.buf) {
		p.get()
		return f, false, false
	}
	if e := p.format.Enclosed; e != "" && p.buf[p.at] == e[0] {
		quote = int(e[0])
		p.at++
	}
	sawNull, open := false, quote >= 0
	done := func(line bool) (recordField, bool, bool) {
		f.null = sawNull && len(f.value) == 1 || p.format.Enclosed != "" && quote < 0 && string(f.value) == "NULL"
		return f, line, true
	}
	for {
		f.end = p.at
		if !open && p.is(p.format.End) {
			return done(true)
		}
		if !open && p.is(p.format.Separator) {
			return done(false)
		}
		if p.short {
			return f, false, false
		}
		c := p.get()
		switch {
		case c < 0 && p.short:
			return f, false, false
		case c < 0:
			if open { // it never was enclosed
				f.value, quote = append([]byte(p.format.Enclosed), f.value...), -1
			}
			return done(true)
		case p.escape(c) && p.format.Escaped != p.format.Enclosed:
			e := p.get()
			if e < 0 {
				f.value = append(f.value, byte(c))
				continue
			}
			sawNull = sawNull || e == 'N'
			f.value = append(f.value, unescaped(byte(e)))
		case open && c == quote:
			if p.at < len(p.buf) && int(p.buf[p.at]) == quote {
				p.at++
				f.value = append(f.value, byte(c))
				continue
			}
			f.end = p.at
			switch {
			case p.at == len(p.buf) && p.eof, p.is(p.format.End):
				return done(true)
			case p.is(p.format.Separator):
				return done(false)
			case p.at == len(p.buf):
				p.short = true
			}
			if p.short {
				return f, false, false
			}
			f.value = append(f.value, byte(c)) // a quote within
		case p.escape(c) && p.at == len(p.buf) && !p.eof:
			p.short = true
			return f, false, false
		case p.escape(c) && p.at < len(p.buf) && p.buf[p.at] == byte(c): // doubled
			p.at++
			f.value = append(f.value, byte(c))
		default:
			f.value = append(f.value, byte(c))
		}
	}
}

// unescaped is what a byte behind the escape stands for.
func unescaped(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'b':
		return '\b'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'Z':
		return 26
	default:
		return c
	}
}
