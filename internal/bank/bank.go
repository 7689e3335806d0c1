package bank

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// Start is what each account has at first.
const Start = 1000

// Tables returns the CREATE TABLE of both tables.
func Tables() []string {
	return []string{
		"CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL) COMMENT='shardway:shard_key=id'",
		`CREATE TABLE journal (writer INT NOT NULL, seq INT NOT NULL, source INT NOT NULL, target INT NOT NULL, amount BIGINT NOT NULL,
  PRIMARY KEY (writer, seq)) COMMENT='shardway:shard_key=writer'`,
	}
}

// Open makes the tables and a number of accounts, 1 and up.
func Open(ctx context.Context, db *sql.DB, accounts int) error {
	var rows []string
	for id := 1; id <= accounts; id++ {
		rows = append(rows, fmt.Sprintf("(%d, %d)", id, Start))
	}
	for _, statement := range append(Tables(), "INSERT INTO account VALUES "+strings.Join(rows, ", ")) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("open the bank: %w", err)
		}
	}
	return nil
}

// Line is a line of the journal: who moved what.
type Line struct {
	Writer, Seq    int
	Source, Target int
	Amount         int64
}

// Books are what the servers hold, read once all is settled.
type Books struct {
	// Balances by account.
	Balances map[int]int64
	Lines    []Line
}

// Read adds what one server holds of the bank. That a row is on two servers is
// an error.
func (b *Books) Read(ctx context.Context, db *sql.DB) error {
	if b.Balances == nil {
		b.Balances = make(map[int]int64)
	}
	accounts, err := db.QueryContext(ctx, "SELECT id, balance FROM account")
	if err != nil {
		return err
	}
	defer accounts.Close()
	for accounts.Next() {
		var id int
		var balance int64
		if err := accounts.Scan(&id, &balance); err != nil {
			return err
		}
		if _, twice := b.Balances[id]; twice {
			return fmt.Errorf("account %d is on two servers", id)
		}
		b.Balances[id] = balance
	}
	if err := accounts.Err(); err != nil {
		return err
	}
	lines, err := db.QueryContext(ctx, "SELECT writer, seq, source, target, amount FROM journal")
	if err != nil {
		return err
	}
	defer lines.Close()
	for lines.Next() {
		var l Line
		if err := lines.Scan(&l.Writer, &l.Seq, &l.Source, &l.Target, &l.Amount); err != nil {
			return err
		}
		b.Lines = append(b.Lines, l)
	}
	return lines.Err()
}

// Total is all money.
func (b *Books) Total() (sum int64) {
	for _, balance := range b.Balances {
		sum += balance
	}
	return sum
}
