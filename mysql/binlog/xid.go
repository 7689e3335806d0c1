package binlog

import (
	"encoding/binary"
	"encoding/hex"
	"regexp"
	"strconv"
)

// xid names an XA branch.
type xid struct {
	format        uint32
	gtrid, branch string
}

// xidText is how the binary log writes an xid in XA statements.
const xidText = `X'([0-9a-fA-F]*)',X'([0-9a-fA-F]*)',([0-9]+)`

// decision reads XA COMMIT and XA ROLLBACK of a prepared branch.
func decision(query string) (id xid, commit, ok bool) {
	m := regexp.MustCompile(`^XA (COMMIT|ROLLBACK) ` + xidText + `$`).FindStringSubmatch(query)
	if m == nil {
		return xid{}, false, false
	}
	gtrid, err1 := hex.DecodeString(m[2])
	branch, err2 := hex.DecodeString(m[3])
	format, err3 := strconv.ParseUint(m[4], 10, 32)
	ok = err1 == nil && err2 == nil && err3 == nil
	return xid{format: uint32(format), gtrid: string(gtrid), branch: string(branch)}, m[1] == "COMMIT", ok
}

// prepared reads the body of an XA_PREPARE_LOG_EVENT: one byte that is 1 for
// COMMIT ONE PHASE, the format, two lengths, the two halves.
func prepared(body []byte) (id xid, onePhase, ok bool) {
	const fixed = 13
	if len(body) < fixed {
		return xid{}, false, false
	}
	gtrid, branch := int(binary.LittleEndian.Uint32(body[5:])), int(binary.LittleEndian.Uint32(body[9:]))
	if gtrid > 64 || branch > 64 || gtrid < 0 || branch < 0 || len(body) < fixed+gtrid+branch {
		return xid{}, false, false
	}
	rest := body[fixed:]
	return xid{
		format: binary.LittleEndian.Uint32(body[1:]), gtrid: string(rest[:gtrid]), branch: string(rest[gtrid : gtrid+branch]),
	}, body[0] == 1, true
}
