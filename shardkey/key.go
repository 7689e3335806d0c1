package shardkey

// Column is one column of a shard key, as MySQL stores it.
type Column struct {
	Name string `json:"name"`
	// Type is the column's full type in lower case as information_schema
	// prints it: "bigint unsigned", "decimal(10,2)", "varchar(64)".
	Type string `json:"type"`
	// Collation is set for character columns alone.
	Collation string `json:"collation,omitempty"`
}

// Key is the columns whose values give a row's token, in order.
type Key []Column
