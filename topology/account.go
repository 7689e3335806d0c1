package topology

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// hidden is what a secret prints as.
const hidden = "***"

// Secret is text that must not be seen: however it is printed, logged or
// marshalled it shows as "***". Only Reveal gives it away, to whoever logs in
// with it and to the stored records.
type Secret struct{ text string }

// NewSecret wraps text.
func NewSecret(text string) Secret { return Secret{text: text} }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// Format prints "***" whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// String returns "***".
func (s Secret) String() string { return hidden }

// LogValue logs "***".
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalJSON writes "***": a secret does not leave by way of JSON.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(hidden) }

// UnmarshalJSON reads a plain string: a secret may come in by way of JSON.
func (s *Secret) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &s.text) }

// Account is a MySQL account that Shardway itself logs in with. It prints and
// marshals without its password.
type Account struct {
	User     string `json:"user"`
	Password Secret `json:"password"`
}

// String names the user alone.
func (a Account) String() string { return a.User }

// IsZero reports whether a names nobody.
func (a Account) IsZero() bool { return a.User == "" }
