package binlog

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// budget is the memory that all buffers of a stream share.
type budget struct {
	max, used int64
	dir       string
}

// buffer keeps events' bytes in the order they came: in memory while the
// budget lasts, then in a file that has no name and ends with the process.
type buffer struct {
	budget *budget
	memory [][]byte
	bytes  int64 // of memory
	file   *os.File
	out    *bufio.Writer
}

// add keeps a copy of raw.
func (b *buffer) add(raw []byte) error {
	if b.file == nil && b.budget.used+int64(len(raw)) <= b.budget.max {
		b.memory = append(b.memory, append([]byte(nil), raw...))
		b.bytes += int64(len(raw))
		b.budget.used += int64(len(raw))
		return nil
	}
	if b.file == nil {
		file, err := os.CreateTemp(b.budget.dir, "shardway-binlog-")
		if err != nil {
			return fmt.Errorf("spill a transaction: %w", err)
		}
		b.file, b.out = file, bufio.NewWriterSize(file, 1<<16)
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("spill a transaction: %w", err)
		}
	}
	var size [4]byte
	binary.LittleEndian.PutUint32(size[:], uint32(len(raw)))
	_, err := b.out.Write(size[:])
	if err == nil {
		_, err = b.out.Write(raw)
	}
	if err != nil {
		return fmt.Errorf("spill a transaction: %w", err)
	}
	return nil
}

// each calls f with every event; it may be called again. The bytes are f's to
// keep.
func (b *buffer) each(f func(raw []byte) error) error {
	for _, raw := range b.memory {
		if err := f(raw); err != nil {
			return err
		}
	}
	if b.file == nil {
		return nil
	}
	if err := b.out.Flush(); err != nil {
		return fmt.Errorf("spill a transaction: %w", err)
	}
	in := bufio.NewReaderSize(io.NewSectionReader(b.file, 0, 1<<62), 1<<16)
	for {
		var size [4]byte
		if _, err := io.ReadFull(in, size[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read a spilled transaction: %w", err)
		}
		raw := make([]byte, binary.LittleEndian.Uint32(size[:]))
		if _, err := io.ReadFull(in, raw); err != nil {
			return fmt.Errorf("read a spilled transaction: %w", err)
		}
		if err := f(raw); err != nil {
			return err
		}
	}
}

// close gives memory and file back.
func (b *buffer) close() {
	b.budget.used -= b.bytes
	b.memory, b.bytes = nil, 0
	if b.file != nil {
		_ = b.file.Close()
		b.file, b.out = nil, nil
	}
}
