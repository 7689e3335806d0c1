package tpch

import (
	"embed"
	"fmt"
	"strings"
)

// QueryCount is how many queries there are.
const QueryCount = 22

//go:embed queries/*.sql
var texts embed.FS

// Query returns query n, from 1 to QueryCount, without a semicolon.
func Query(n int) string {
	text, err := texts.ReadFile(fmt.Sprintf("queries/%02d.sql", n))
	if err != nil {
		panic(err) // embedded: it is there for every n that is allowed
	}
	return strings.TrimSpace(string(text))
}
