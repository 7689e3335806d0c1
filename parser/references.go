package parser

// QualifiedName is a name that may be a table's, perhaps with its schema.
type QualifiedName struct {
	Schema string // empty: the session's current one
	Name   string
}
