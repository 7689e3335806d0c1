package exec

import (
	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/router/plan"
)

// recordBytesMax bounds one record of LOAD DATA, in bytes.
const recordBytesMax = 64 << 20

// loadFile is a file that the client sends.
type loadFile struct {
	client *mysql.Conn
	recordReader
	// skip is the number of lines before the first record.
	skip uint64
}

// openFile asks the client for a file.
func openFile(client *mysql.Conn, op *plan.Load) (*loadFile, error) {
	if !client.Capabilities().Has(mysql.CapLocalFiles) {
		return nil, mysql.NewError(mysql.ErClientLocalFilesOff, "Loading local data is disabled; this must be enabled on both the client and server sides")
	}
	f := &loadFile{client: client, recordReader: recordReader{format: &op.Format, fields: op.Fields}, skip: op.Skip}
	if err := client.RequestFile(op.File); err != nil {
		return nil, &FatalError{Err: err}
	}
	return f, nil
}

// record returns the next record; ok is false behind the last.
func (f *loadFile) record() (r record, ok bool, err error) {
	for ; f.skip > 0; f.skip-- {
		for !f.recordReader.skip() {
			if err := f.more(); err != nil {
				return r, false, err
			}
		}
	}
	for {
		if r, ok = f.next(); ok || !f.short {
			return r, ok, nil
		}
		if err := f.more(); err != nil {
			return r, false, err
		}
	}
}

// more reads on, at least as much again as is there of the record that is not
// whole, so that a long one is not looked at too often.
func (f *loadFile) more() error {
	rest := len(f.buf) - f.at
	if rest > recordBytesMax {
		return mysql.NewError(mysql.ErCapacityExceeded, "a record of the file has more than %d bytes; look at its FIELDS and LINES clauses", recordBytesMax)
	}
	f.buf = append(f.buf[:0:0], f.buf[f.at:]...)
	f.at = 0
	for len(f.buf) <= 2*rest && !f.eof {
		p, err := f.client.ReadFile()
		if err != nil {
			return &FatalError{Err: err}
		}
		f.eof = len(p) == 0
		f.buf = append(f.buf, p...)
	}
	return nil
}

// drain reads what is left of the file, which clients send to its end.
func (f *loadFile) drain() error {
	for !f.eof {
		p, err := f.client.ReadFile()
		if err != nil {
			return &FatalError{Err: err}
		}
		f.eof = len(p) == 0
	}
	return nil
}
