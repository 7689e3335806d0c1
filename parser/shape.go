package parser

// LiteralKind is what a literal was written as.
type LiteralKind uint8

// The kinds of literals. NULL, TRUE, FALSE and DEFAULT are not literals here:
// they stay in the text.
const (
	Int          LiteralKind = iota + 1 // 12
	Decimal                             // 1.5, .5, 1.
	Float                               // 1e3, .5E-3
	String                              // 'x', or "x" without ANSI_QUOTES
	NString                             // N'x'
	BinaryString                        // _binary'x'
	Hex                                 // 0x1F, x'1F'
	Bit                                 // 0b01, b'01'
	Param                               // ? written by the client: Literal.Param says which
)

// String names the kind in lower case.
func (k LiteralKind) String() string {
	switch k {
	case Int:
		return "int"
	case Decimal:
		return "decimal"
	case Float:
		return "float"
	case String:
		return "string"
	case NString:
		return "nstring"
	case BinaryString:
		return "binary"
	case Hex:
		return "hex"
	case Bit:
		return "bit"
	case Param:
		return "param"
	default:
		return "none"
	}
}

// Literal is one literal that was taken out of the statement. A sign stays in
// the text, so a number here is never negative.
type Literal struct {
	Kind LiteralKind
	// Param is the number, from 0, of the client's placeholder, for Kind Param.
	Param uint16
	// Start and End are byte offsets in the SQL text, with quotes and prefixes.
	Start, End int
}

// Span is a part of the SQL text, as byte offsets.
type Span struct{ Start, End int }

// Slot is one ? in Shape.Text and the literals that it stands for.
type Slot struct {
	// First is the index in Shape.Literals, Count the number of literals: 1, or
	// as many as the list has.
	First, Count int
	// List is set for the ? of "IN (?)", which stands for a list of any length.
	List bool
}

// Rows is the VALUES list of an INSERT or REPLACE in which every row is made of
// literals alone. Text shows one row; its slots are those of the first row.
type Rows struct {
	// Slot is the index in Shape.Slots of the row's first ?.
	Slot int
	// Width is the number of literals in each row, Count the number of rows.
	Width, Count int
	// Lit is the first literal: row r, column c is Literals[Lit+r*Width+c].
	Lit int
	// Spans are the rows' "(…)" in the SQL text.
	Spans []Span
}

// Shape is what a Scan found out about a statement.
type Shape struct {
	// Text is the statement with each literal as ?, a list of literals after IN
	// as (?), VALUES rows of literals as one row; a run of white space is one
	// blank and comments are gone, except inside a select list, whose text names
	// the columns. It can be parsed, save where the grammar wants a literal that
	// the Scanner does not know about: if Parse refuses Text and not the original,
	// go on as with Doubt. For statements other than queries and DML,
	// and for doubtful ones, it is the original text from Start to End.
	Text []byte
	// Literals are the literals taken out, in the order of the SQL text.
	Literals []Literal
	// Slots has one element per ? in Text, in order.
	Slots []Slot
	// Rows is valid if HasRows is set.
	Rows    Rows
	HasRows bool

	// Verb is the statement's first keyword.
	Verb  Verb
	Flags Flags
	// Hint is what a SHARDWAY(…) optimizer hint asked for, HintSpan where it
	// stands: its whole comment, or its part of one with other hints. MySQL warns
	// about hints unknown to it, so blank the span before relaying.
	Hint     ReadHint
	HintSpan Span
	// HintErr is set if a SHARDWAY hint is not understood. errors.Is(…, ErrHint).
	HintErr error
	// Doubt means that the Scanner is not sure: parse the original text, cache
	// nothing. Literals and Slots are empty then.
	Doubt bool

	// Start and End bound the first statement in the SQL text, without the
	// comments before it and without the semicolon. Rest is where the next one
	// begins: the text's length if there is none, else Flags has Multi.
	Start, End, Rest int
}

// reset empties the shape and keeps its memory.
func (s *Shape) reset() {
	*s = Shape{
		Text: s.Text[:0], Literals: s.Literals[:0], Slots: s.Slots[:0],
		Rows: Rows{Spans: s.Rows.Spans[:0]},
	}
}
