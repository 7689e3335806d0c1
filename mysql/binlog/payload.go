package binlog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	gomysql "github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"
	"github.com/klauspost/compress/zstd"
)

const (
	// eventHeader is an event's header; its type and length are at these places.
	eventHeader   = 19
	eventKindAt   = 4
	eventLengthAt = 9
	// eventMax bounds an event: MySQL's largest max_allowed_packet.
	eventMax = 1 << 30
)

// The fields in front of a payload, and how it may be compressed.
const (
	payloadEnd = iota
	_          // its size
	payloadCompression

	compressionZstd = 0
	compressionNone = 255
)

// payload takes a compressed transaction: the events of one that is not, but for its
// GTID, as binlog_transaction_compression packs them. They are unpacked one by one.
//
// Source: https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Transaction__payload__event.html
func (a *assembler) payload(raw []byte) (*Transaction, error) {
	body := raw[min(eventHeader, len(raw)):]
	if a.checksums {
		if len(body) < crc32.Size {
			return nil, a.unreadable("a compressed transaction without its checksum")
		}
		body = body[:len(body)-crc32.Size] // what go-mysql's reader has checked
	}
	compression, packed, err := payloadFields(body)
	if err != nil {
		return nil, a.unreadable("a compressed transaction: %v", err)
	}
	var in io.Reader = bytes.NewReader(packed)
	switch compression {
	case compressionNone:
	case compressionZstd:
		unpacked, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, a.unreadable("a compressed transaction: %v", err)
		}
		defer unpacked.Close()
		in = unpacked
	default:
		return nil, a.unreadable("a transaction with compression %d, which is not known here", compression)
	}
	return a.unpack(in)
}

// unpack takes the events of one transaction, whose end is the last of them.
func (a *assembler) unpack(in io.Reader) (whole *Transaction, err error) {
	defer func() {
		if err != nil && whole != nil {
			whole.close()
			whole = nil
		}
	}()
	for {
		event, err := a.packedEvent(in)
		switch {
		case errors.Is(err, io.EOF) && a.open == nil:
			return whole, nil
		case errors.Is(err, io.EOF):
			return whole, a.unreadable("a compressed transaction without an end")
		case err != nil:
			return whole, a.unreadable("a compressed transaction: %v", err)
		}
		tx, err := a.event(replication.EventType(event[eventKindAt]), event)
		if tx != nil {
			whole = tx
		}
		if err != nil {
			return whole, err
		}
	}
}

// payloadFields reads what stands in front of a payload: pairs of a type and a value
// with its length, up to the type that ends them.
func payloadFields(body []byte) (compression uint64, packed []byte, err error) {
	for {
		var field, length uint64
		if field, body, err = lengthEncoded(body); err != nil || field == payloadEnd {
			return compression, body, err
		}
		if length, body, err = lengthEncoded(body); err != nil || length > uint64(len(body)) {
			return 0, nil, errCut
		}
		if field == payloadCompression {
			if compression, _, err = lengthEncoded(body[:length]); err != nil {
				return 0, nil, err
			}
		}
		body = body[length:]
	}
}

// errCut is a payload that ends where it should go on.
var errCut = errors.New("it is cut")

// lengthEncoded reads a number as the protocol has them, and returns what follows.
func lengthEncoded(b []byte) (n uint64, rest []byte, err error) {
	var padded [9]byte
	copy(padded[:], b)
	n, null, used := gomysql.LengthEncodedInt(padded[:])
	if null || used > len(b) {
		return 0, nil, errCut
	}
	return n, b[used:], nil
}

// packedEvent reads an event of a payload. Those have no checksums; it gets one, as
// the format of the binary log says that events have.
func (a *assembler) packedEvent(in io.Reader) ([]byte, error) {
	var header [eventHeader]byte
	if _, err := io.ReadFull(in, header[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(header[eventLengthAt:])
	if length < eventHeader || length > eventMax {
		return nil, fmt.Errorf("an event of %d bytes", length)
	}
	event := make([]byte, length, length+crc32.Size)
	copy(event, header[:])
	if _, err := io.ReadFull(in, event[eventHeader:]); err != nil {
		return nil, errCut
	}
	if !a.checksums {
		return event, nil
	}
	binary.LittleEndian.PutUint32(event[eventLengthAt:], length+crc32.Size)
	return binary.LittleEndian.AppendUint32(event, crc32.ChecksumIEEE(event)), nil
}
