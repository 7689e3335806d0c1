package flow

import (
	"fmt"
	"strings"

	"github.com/shardway/shardway/mysql/binlog"
	"github.com/shardway/shardway/shardkey"
)

// tokenOf returns the token of a row of the binary log.
func tokenOf(key shardkey.Key, table *binlog.Table, row []any) (shardkey.Token, error) {
	values := make([]any, 0, len(key))
	for i := range key {
		at := columnAt(table, key[i].Name)
		if at < 0 {
			return 0, fmt.Errorf("there is no column %s", key[i].Name)
		}
		values = append(values, row[at])
	}
	canonical, ok := key.Stored(nil, values)
	if !ok {
		return 0, fmt.Errorf("the token of %v is not known", values)
	}
	return shardkey.Of(canonical), nil
}

// columnAt finds a column by its name, in any case, as MySQL does.
func columnAt(table *binlog.Table, name string) int {
	for i := range table.Columns {
		if strings.EqualFold(table.Columns[i].Name, name) {
			return i
		}
	}
	return -1
}
