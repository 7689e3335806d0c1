package merge

import (
	"bytes"
	"unicode/utf8"

	"github.com/shardway/shardway/mysql"
)

// joining makes one list and cuts it where MySQL does: group_concat_max_len
// counts bytes of the column's own character set, and what is here is in the
// client's.
type joining struct {
	*lister
	max     uint64
	charset uint16
	out     []byte
	some    bool
	// length is how long the whole would be, with separators of a byte for each
	// character. unlike: some text is not as long here as in its own character
	// set, so that lengths cannot be compared.
	length uint64
	unlike bool
	// before is the number of texts in the lists before this one.
	before uint64
	// separators is the number of characters of separators.
	separators uint64
}

// add reports whether there is room for more.
func (j *joining) add(it item) bool {
	times := it.count
	if j.element < 0 {
		times = 1
	}
	for range times {
		if j.some {
			j.out = append(j.out, j.separator...)
			j.length += uint64(len(j.separator))
			j.separators += uint64(len(j.separator))
		}
		if j.element < 0 {
			j.separators += (it.count - 1) * uint64(len(j.separator))
		}
		j.some = true
		whole := j.element >= 0 || it.length <= j.max
		j.rows++
		if whole {
			if j.element < 0 {
				j.rows += it.count - 1
			}
			j.unlike = j.unlike || uint64(len(it.text)) != it.length
		} else {
			j.unlike = j.unlike || !j.cutAlike(it.text)
		}
		j.out = append(j.out, it.text...)
		if j.length += it.length; j.length > j.max {
			return false
		}
	}
	return true
}

// cutAlike reports whether a list that a shard has cut is as long here as it
// was there.
func (j *joining) cutAlike(text []byte) bool {
	if uint64(len(text)) > j.max {
		return false
	}
	return utf8Charset(j.charset) || j.charset == mysql.CollationBinary || isASCII(text)
}

func (j *joining) finish() ([]byte, error) {
	if j.length <= j.max && (!j.unlike || j.length+3*j.separators <= j.max) {
		return j.out, nil
	}
	if j.unlike {
		return nil, &UnsupportedError{What: "cutting off a GROUP_CONCAT at group_concat_max_len in another character set"}
	}
	if j.element < 0 && j.separator != "" {
		j.rows = j.before + j.cutAt()
	}
	j.cuts = append(j.cuts, j.rows)
	if uint64(len(j.out)) <= j.max {
		return j.out, nil
	}
	text := j.out[:j.max]
	switch {
	case j.charset == mysql.CollationBinary || isASCII(j.out):
		return text, nil
	case !utf8Charset(j.charset):
		return nil, &UnsupportedError{What: "cutting off a GROUP_CONCAT at group_concat_max_len in this character set"}
	}
	for n := len(text); n > 0 && n > len(text)-utf8.UTFMax; n-- {
		if utf8.RuneStart(j.out[n]) {
			return text[:n], nil
		}
	}
	return text, nil
}

// cutAt is the number of the text within the list that was cut, which its
// separators tell: a shard's list does not say where its texts end.
func (j *joining) cutAt() uint64 {
	end := min(uint64(len(j.out)), j.max+uint64(len(j.separator)))
	return uint64(bytes.Count(j.out[:end], []byte(j.separator))) + 1
}

func isASCII(text []byte) bool {
	return bytes.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}

// utf8Charset reports whether a collation is of utf8mb4 or utf8mb3, by the ids
// of information_schema.collations.
func utf8Charset(collation uint16) bool {
	switch {
	case collation == 45 || collation == 46 || collation >= 224 && collation <= 247 || collation >= 255 && collation <= 323:
		return true
	default:
		return collation == 33 || collation == 76 || collation == 83 || collation >= 192 && collation <= 215 || collation == 223
	}
}

// wideCharset reports whether a collation is of ucs2, utf16, utf16le or utf32.
func wideCharset(collation uint16) bool {
	switch {
	case collation == 35 || collation == 90 || collation >= 128 && collation <= 151 || collation == 159:
		return true
	case collation >= 54 && collation <= 56 || collation == 62 || collation >= 101 && collation <= 124:
		return true
	default:
		return collation == 60 || collation == 61 || collation >= 160 && collation <= 183
	}
}
