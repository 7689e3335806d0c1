package shardkey

// temporal appends a date, a time or a year that is written in the column's
// own form; MySQL knows many more, which it converts by rules that depend on
// sql_mode, so those are left alone.
func (f *form) temporal(dst []byte, v Value) ([]byte, bool) {
	b := v.Bytes
	switch {
	case f.class == classYear:
		return appendYear(dst, v)
	case f.class == classDate && (v.Kind == String || v.Kind == Date):
		if len(b) != 10 || !validDate(b) {
			return dst, false
		}
		return append(dst, b...), true
	case f.class == classDateTime && (v.Kind == String || v.Kind == Date && len(b) == 10 || v.Kind == DateTime && len(b) > 10):
		return f.appendDateTime(dst, b)
	case f.class == classTime && (v.Kind == String || v.Kind == Time):
		return f.appendTime(dst, b)
	}
	return dst, false
}

// appendYear takes years in four digits; 1 to 99 and '0' mean other years.
func appendYear(dst []byte, v Value) ([]byte, bool) {
	if v.Kind != Int && v.Kind != String || len(v.Bytes) != 4 || countDigits(v.Bytes) != 4 {
		return dst, false
	}
	if y := decimal(v.Bytes); y < 1901 || y > 2155 {
		return dst, false
	}
	return append(dst, v.Bytes...), true
}

// appendDateTime takes YYYY-MM-DD, alone or followed by hh:mm:ss and at most
// six digits of a fraction.
func (f *form) appendDateTime(dst, b []byte) ([]byte, bool) {
	if len(b) < 10 || !validDate(b[:10]) {
		return dst, false
	}
	clock := []byte("00:00:00")
	if len(b) > 10 {
		if b[10] != ' ' && b[10] != 'T' {
			return dst, false
		}
		clock = b[11:]
	}
	if len(clock) < 8 || !validClock(clock[:8]) || decimal(clock[:2]) > 23 {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, b[:10]...)
	dst = append(dst, ' ')
	dst = append(dst, clock[:8]...)
	dst, ok := f.appendFraction(dst, clock[8:])
	if !ok {
		return dst[:start], false
	}
	return dst, true
}

// mostHours is the most that TIME holds; at the bound a fraction is cut.
const mostHours = 838

// appendTime takes [-]hh:mm:ss or [-]hhh:mm:ss and a fraction.
func (f *form) appendTime(dst, b []byte) ([]byte, bool) {
	start := len(dst)
	if len(b) > 0 && b[0] == '-' {
		dst = append(dst, '-')
		b = b[1:]
	}
	hours := countDigits(b)
	if hours < 2 || hours > 3 || hours == 3 && b[0] == '0' || decimal(b[:hours]) > mostHours {
		return dst[:start], false
	}
	end := hours + 6
	if len(b) < end || !validClock(b[hours-2:end]) {
		return dst[:start], false
	}
	dst = append(dst, b[:end]...)
	dst, ok := f.appendFraction(dst, b[end:])
	if !ok || decimal(b[:hours]) == mostHours && len(b) > end || negativeZero(dst[start:]) {
		return dst[:start], false
	}
	return dst, true
}

// negativeZero reports whether a time is written as minus nothing.
func negativeZero(b []byte) bool {
	if b[0] != '-' {
		return false
	}
	for _, c := range b {
		if c >= '1' && c <= '9' {
			return false
		}
	}
	return true
}

// appendFraction appends a second's fraction at the column's precision. One
// that has more digits than the column keeps would be rounded, or equal none.
func (f *form) appendFraction(dst, b []byte) ([]byte, bool) {
	if len(b) > 0 {
		if b[0] != '.' {
			return dst, false
		}
		b = b[1:]
		if len(b) == 0 || len(b) > 6 || countDigits(b) != len(b) {
			return dst, false
		}
	}
	if !(number{part: b}).partIsZero(int(f.scale)) {
		return dst, false
	}
	if f.scale == 0 {
		return dst, true
	}
	dst = append(dst, '.')
	for i := range int(f.scale) {
		if i < len(b) {
			dst = append(dst, b[i])
		} else {
			dst = append(dst, '0')
		}
	}
	return dst, true
}

// validDate reports whether b is YYYY-MM-DD and on the calendar.
func validDate(b []byte) bool {
	if countDigits(b) != 4 || b[4] != '-' || countDigits(b[5:]) != 2 || b[7] != '-' || countDigits(b[8:]) != 2 {
		return false
	}
	year, month, day := decimal(b[:4]), decimal(b[5:7]), decimal(b[8:])
	if year == 0 || month < 1 || month > 12 || day < 1 {
		return false
	}
	days := 31
	switch month {
	case 4, 6, 9, 11:
		days = 30
	case 2:
		days = 28
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			days = 29
		}
	}
	return day <= days
}

// validClock reports whether b is dd:dd:dd with minutes and seconds in bounds.
func validClock(b []byte) bool {
	return countDigits(b) == 2 && b[2] == ':' && countDigits(b[3:]) == 2 && b[5] == ':' && countDigits(b[6:]) == 2 &&
		decimal(b[3:5]) < 60 && decimal(b[6:]) < 60
}

func decimal(b []byte) int {
	n := 0
	for _, c := range b {
		n = n*10 + int(c-'0')
	}
	return n
}
