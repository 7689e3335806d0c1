package parser

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/test_driver"
)

func TestSyntaxErrorSaysWhere(t *testing.T) {
	for sql, want := range map[string]SyntaxError{
		"SELEC 1":                    {Line: 1, Near: "SELEC 1"},
		"SELECT a\nFROM t\nWHER b=5": {Line: 3, Near: "b=5"},
		"SELECT 'x":                  {Line: 1, Near: "'x"},
		"SELECT 1; SELECT 2":         {Line: 1},
		"":                           {Line: 1},
		"SELECT a FROM t WHERE 1 = = " + strings.Repeat("x", 200): {Line: 1, Near: "= " + strings.Repeat("x", 78)},
	} {
		_, err := ParseOne(sql, Mode{})
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", sql, err)
			continue
		}
		if syntax.Line != want.Line || syntax.Near != want.Near {
			t.Errorf("%q: line %d near %q (%s)", sql, syntax.Line, syntax.Near, syntax.Detail)
		}
	}
}

// TestRule22RefusesWhatIsReadOtherwise: text that the parser would read
// otherwise than MySQL is not parsed at all.
func TestRule22RefusesWhatIsReadOtherwise(t *testing.T) {
	gbk := Mode{Charset: Multibyte5C}
	for sql, mode := range map[string]Mode{
		"SELECT /*!80031 1, */ 2":                 {},
		"SELECT /*!99999 1, */ 2":                 {},
		"SELECT /*!080030 1, */ 2":                {},
		"SELECT 1 /*T! + 1 */":                    {},
		"SELECT 1 /*T![auto_rand] + 1 */":         {},
		"SELECT 1 --\x01 + 1":                     {},
		"SELECT 0X1F":                             {},
		"SELECT `t`.1a FROM t":                    {},
		"SELECT 1e10abc":                          {},
		"SELECT a\xA0FROM t":                      {},
		"SELECT `a\xA0` FROM t":                   {},
		"SELECT 1 # x\x00\n+ 1":                   {},
		"SELECT '\xBF\\' FROM t":                  gbk,
		"SELECT a FROM t WHERE b = '\xBF\\' -- '": gbk,
	} {
		if _, err := ParseOne(sql, mode); !errors.Is(err, ErrSyntax) {
			t.Errorf("%q: %v", sql, err)
		}
	}
	for sql, mode := range map[string]Mode{
		"SELECT /*!80030 1, */ 2":          {},
		"SELECT /*! 1, */ 2":               {},
		"SELECT 1 /*M! + 1 */":             {},
		"SELECT '\x80\xBF' FROM t":         {},
		"SELECT 'x' FROM t":                gbk,
		"SELECT a FROM t WHERE b = '/*T!'": {},
	} {
		if _, err := ParseOne(sql, mode); err != nil {
			t.Errorf("%q: %v", sql, err)
		}
	}
}

func TestParametersAreNumbered(t *testing.T) {
	stmt, err := ParseOne("SELECT ? FROM (SELECT ? FROM t WHERE a IN (?, ?)) x WHERE b BETWEEN ? AND ? ORDER BY ? LIMIT ?, ?", Mode{})
	if err != nil {
		t.Fatal(err)
	}
	v := orders{}
	stmt.Accept(&v)
	if len(v.byOffset) != 9 {
		t.Fatalf("%d parameters", len(v.byOffset))
	}
	for offset, order := range v.byOffset {
		if want := strings.Count(stmt.Text()[:offset], "?"); order != want {
			t.Errorf("the parameter at %d is number %d instead of %d", offset, order, want)
		}
	}
}

type orders struct{ byOffset map[int]int }

func (o *orders) Enter(n ast.Node) (ast.Node, bool) {
	if m, ok := n.(*test_driver.ParamMarkerExpr); ok {
		if o.byOffset == nil {
			o.byOffset = map[int]int{}
		}
		o.byOffset[m.Offset] = m.Order
	}
	return n, false
}

func (o *orders) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// TestAPanicIsAnError: a client's text must not stop the process.
func TestAPanicIsAnError(t *testing.T) {
	if _, err := ParseOne("SELECT "+strings.Repeat("1", 200), Mode{}); !errors.Is(err, ErrSyntax) {
		t.Error(err)
	}
	if _, err := ParseOne("SELECT "+strings.Repeat("1", 65), Mode{}); err != nil {
		t.Error(err)
	}
}

// TestParsersAreReused parses in parallel and after failures, in several modes.
func TestParsersAreReused(t *testing.T) {
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 50 {
				if _, err := ParseOne("CREATE TABLE t (a DOUBLE CHARACTER", Mode{ANSIQuotes: true}); err == nil {
					t.Error("parsed")
				}
				stmt, err := ParseOne(`SELECT "x" || 'y'`, Mode{PipesAsConcat: true})
				if err != nil {
					t.Error(err)
					return
				}
				if got, _ := Restore(stmt, Mode{}); got != "SELECT CONCAT('x', 'y')" {
					t.Error(got)
				}
			}
		})
	}
	all.Wait()
	stmts, err := Parse("SELECT 1; SELECT 2", Mode{})
	if err != nil || len(stmts) != 2 {
		t.Errorf("%d statements, %v", len(stmts), err)
	}
}
