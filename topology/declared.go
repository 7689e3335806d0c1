package topology

// Declared is what came of a declaration.
type Declared struct {
	Table Table `json:"table"`
	// Steps is what was done, or with a dry run would be, in words.
	Steps []string `json:"steps"`
	// Warnings are what has to be seen to later.
	Warnings []string `json:"warnings,omitempty"`
	// Version is the snapshot's that has the declaration; 0 in a dry run.
	Version int64 `json:"version,omitempty"`
}
