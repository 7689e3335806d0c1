package parser

// Scanner takes the literals out of statements. Its zero value is ready. It
// belongs to one goroutine at a time.
type Scanner struct {
	sql []byte
}

// Scan reads the first statement of sql under the session's mode and fills s,
// reusing its memory. It keeps no reference to sql after it returns.
func (l *Scanner) Scan(sql []byte, mode Mode, s *Shape) {
	s.reset()
	s.Text = append(s.Text, sql...)
	s.End, s.Rest, s.Doubt = len(sql), len(sql), true
}
