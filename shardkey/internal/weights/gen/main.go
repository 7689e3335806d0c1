// Command gen makes the data files of package weights from a running MySQL:
//
//	go run ./shardkey/internal/weights/gen -dsn 'root@tcp(127.0.0.1:3306)/' -out shardkey/internal/weights
//
// It asks the server for WEIGHT_STRING of every code point. A newer MySQL does
// not change the weights of a collation that exists, since that would break
// every index; the package's tests compare with the server at hand.
package main

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	_ "github.com/go-sql-driver/mysql" // the driver of sql.Open("mysql", …)

	"github.com/shardway/shardway/shardkey/internal/weights"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("gen", flag.ContinueOnError)
	dsn := flags.String("dsn", "", "where the MySQL server is, as go-sql-driver writes it")
	out := flags.String("out", ".", "the folder of the data files")
	if err := flags.Parse(args); err != nil {
		return err
	}
	db, err := sql.Open("mysql", *dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	for file, collation := range map[string]string{
		"uca900.bin": "utf8mb4_0900_ai_ci", "unicode.bin": "utf8mb4_unicode_ci", "general.bin": "utf8mb4_general_ci",
	} {
		data, err := encodeUnicode(ctx, db, collation)
		if err != nil {
			return fmt.Errorf("%s: %w", collation, err)
		}
		if err := write(stdout, *out, file, data); err != nil {
			return err
		}
	}
	data, err := singleBytes(ctx, db, "latin1", "latin1_swedish_ci")
	if err != nil {
		return err
	}
	return write(stdout, *out, "swedish.bin", data)
}

func write(stdout io.Writer, folder, file string, data []byte) error {
	fmt.Fprintf(stdout, "%s: %d bytes\n", file, len(data))
	return os.WriteFile(filepath.Join(folder, file), data, 0o644)
}

// encodeUnicode makes the data file of a utf8mb4 collation. Hangul syllables
// are left out if all of them weigh what their letters weigh.
func encodeUnicode(ctx context.Context, db *sql.DB, collation string) ([]byte, error) {
	all, err := codePoints(ctx, db, collation)
	if err != nil {
		return nil, err
	}
	hangul := composed(all)
	return weights.Encode(hangul, func(r rune) ([]uint16, bool) {
		if _, _, _, syllable := weights.Syllable(r); hangul && syllable {
			return nil, false
		}
		w, ok := all[r]
		return w, ok
	})
}

// codePoints asks for the weights of every code point.
func codePoints(ctx context.Context, db *sql.DB, collation string) (map[rune][]uint16, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET cte_max_recursion_depth = 1200000"); err != nil {
		return nil, err
	}
	rows, err := conn.QueryContext(ctx, `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 0x10FFFF)
		SELECT i, WEIGHT_STRING(CONVERT(CONVERT(UNHEX(LPAD(HEX(i), 8, '0')) USING utf32) USING utf8mb4) COLLATE `+collation+`)
		FROM n WHERE i NOT BETWEEN 0xD800 AND 0xDFFF`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[rune][]uint16, 0x110000)
	for rows.Next() {
		var r rune
		var bytes []byte
		if err := rows.Scan(&r, &bytes); err != nil {
			return nil, err
		}
		if len(bytes)%2 != 0 {
			return nil, fmt.Errorf("%U has an odd weight string %x", r, bytes)
		}
		w := make([]uint16, 0, len(bytes)/2)
		for i := 0; i < len(bytes); i += 2 {
			w = append(w, uint16(bytes[i])<<8|uint16(bytes[i+1]))
		}
		all[r] = w
	}
	return all, rows.Err()
}

// composed reports whether each Hangul syllable weighs what its letters weigh.
func composed(all map[rune][]uint16) bool {
	for r, have := range all {
		leading, vowel, trailing, ok := weights.Syllable(r)
		if !ok {
			continue
		}
		want := slices.Concat(all[leading], all[vowel])
		if trailing != 0 {
			want = append(want, all[trailing]...)
		}
		if !slices.Equal(have, want) {
			return false
		}
	}
	return true
}

// singleBytes asks for the one weight of each byte of a character set.
func singleBytes(ctx context.Context, db *sql.DB, charset, collation string) ([]byte, error) {
	var out []byte
	for b := range 256 {
		var w []byte
		q := fmt.Sprintf("SELECT WEIGHT_STRING(_%s x'%02x' COLLATE %s)", charset, b, collation)
		if err := db.QueryRowContext(ctx, q).Scan(&w); err != nil {
			return nil, err
		}
		if len(w) != 1 {
			return nil, errors.New("a character of " + charset + " does not have one weight")
		}
		out = append(out, w[0])
	}
	return out, nil
}
