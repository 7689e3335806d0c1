package router

import (
	"context"
	"errors"
	"slices"

	"github.com/shardway/shardway/mysql"
	"github.com/shardway/shardway/parser"
	"github.com/shardway/shardway/router/exec"
	"github.com/shardway/shardway/router/plan"
	"github.com/shardway/shardway/shardkey"
	"github.com/shardway/shardway/topology"
)

// preparedMaxPerClient bounds the statements that a client may hold.
const preparedMaxPerClient = 4096

// longDataMax bounds what COM_STMT_SEND_LONG_DATA collects for one statement, in bytes.
const longDataMax = 64 << 20

// preparedSet holds a client's prepared statements.
type preparedSet struct {
	last  uint32
	stmts map[uint32]*preparedStatement
}

func (p *preparedSet) clear() { p.stmts = nil }

// preparedStatement is one of them.
type preparedStatement struct {
	exec.Prepared
	shape parser.Shape
	sql   []byte
	types []mysql.ParamType
	long  [][]byte
	// longBytes is the size of long; failed is answered to the next execute.
	longBytes int
	failed    *mysql.Error
	// mode is how the text was read.
	mode parser.Mode
}

// stmtPrepare answers COM_STMT_PREPARE: a server that has the tables says what
// the parameters and columns are.
func (c *connection) stmtPrepare(ctx context.Context, arg []byte) error {
	err := c.prepareStatement(ctx, arg)
	for again := 1; errors.Is(err, exec.ErrPlanAnew) && again < plansMax; again++ {
		c.exec.PlansAnew()
		err = c.prepareStatement(ctx, arg)
	}
	return err
}

func (c *connection) prepareStatement(ctx context.Context, arg []byte) error {
	if len(c.prepared.stmts) >= preparedMaxPerClient {
		return mysql.NewError(1461, "Can't create more than max_prepared_stmt_count statements (current value: %d)", preparedMaxPerClient)
	}
	st := &preparedStatement{sql: append([]byte(nil), arg...), mode: c.mode}
	st.SQL = string(st.sql)
	c.scanner.Scan(st.sql, c.mode, &st.shape)
	answer, err := c.lookAt(ctx, st)
	if err != nil {
		return err
	}
	st.Answer = answer
	c.prepared.last++
	if c.prepared.stmts == nil {
		c.prepared.stmts = map[uint32]*preparedStatement{}
	}
	c.prepared.stmts[c.prepared.last] = st
	if err := c.client.WritePrepared(answer, c.prepared.last, c.exec.Status()); err != nil {
		return &exec.FatalError{Err: err}
	}
	return nil
}

// lookAt has a server say what the parameters and columns of a statement are, and
// refuses what the user may not do or the proxy cannot.
func (c *connection) lookAt(ctx context.Context, st *preparedStatement) (*mysql.Prepared, error) {
	if !st.shape.Verb.Query() {
		return c.lookAtCurrent(ctx, st.SQL)
	}
	params := parameters(&st.shape)
	p, err := c.planPrepared(ctx, st)
	if err == nil {
		err = c.check(p)
	}
	args, text := &plan.ShapeArgs{SQL: st.sql, Shape: &st.shape, Mode: st.mode}, st.SQL
	if err == nil && p.Followed != nil {
		text, err = c.exec.Text(p.Followed, args)
	}
	if err != nil {
		return nil, c.judged(ctx, st.sql, err)
	}
	keyspaces := p.Keyspaces()
	if len(keyspaces) == 0 {
		return c.lookAtCurrent(ctx, text)
	}
	if group := commonGroup(keyspaces); group != "" {
		return c.exec.Prepare(ctx, group, text)
	}
	if r, ok := p.Op.(*plan.Route); ok && r.Gather != nil {
		return c.exec.PrepareGathered(ctx, r, args)
	}
	// A change of rows in one keyspace by those of another: no server has all of its
	// tables, and it has no columns.
	return mysql.UntypedPrepared(params), nil
}

// lookAtCurrent asks a group of the current keyspace, or any.
func (c *connection) lookAtCurrent(ctx context.Context, text string) (*mysql.Prepared, error) {
	if ks := c.server.opts.Environment.Topology.Current().Keyspaces[c.exec.Keyspace]; ks != nil {
		return c.exec.Prepare(ctx, ks.Shards[0].Group, text)
	}
	group, err := c.exec.HomeGroup()
	if err != nil {
		return nil, err
	}
	return c.exec.Prepare(ctx, group, text)
}

// parameters counts the placeholders of a statement.
func parameters(shape *parser.Shape) (n int) {
	for i := range shape.Literals {
		if shape.Literals[i].Kind == parser.Param {
			n++
		}
	}
	return n
}

// commonGroup is a group that all keyspaces have shards on; empty if there is none.
func commonGroup(keyspaces []*topology.Keyspace) string {
	for _, shard := range keyspaces[0].Shards {
		if !slices.ContainsFunc(keyspaces, func(k *topology.Keyspace) bool { return !slices.Contains(k.Groups(), shard.Group) }) {
			return shard.Group
		}
	}
	return ""
}

// planPrepared plans with c.shape standing in for the statement's.
func (c *connection) planPrepared(ctx context.Context, st *preparedStatement) (*plan.Plan, error) {
	own := c.shape
	c.shape = st.shape
	p, err := c.planText(ctx, st.sql)
	st.shape, c.shape = c.shape, own
	return p, err
}

// stmtExecute answers COM_STMT_EXECUTE.
func (c *connection) stmtExecute(ctx context.Context, payload []byte) error {
	id, ok := mysql.StmtID(payload)
	st := c.prepared.stmts[id]
	if !ok || st == nil {
		return mysql.NewError(mysql.ErUnknownStmtHandler, "Unknown prepared statement handler (%d) given to mysql_stmt_precheck", id)
	}
	defer func() { st.long, st.longBytes, st.failed = nil, 0, nil }()
	if st.failed != nil {
		return st.failed
	}
	x, err := mysql.ParseExecute(payload, len(st.Answer.Params), st.types, st.long)
	if err != nil {
		return mysql.NewError(mysql.ErMalformedPacket, "Malformed communication packet: %v", err)
	}
	st.types = x.Types()
	c.executes(st.sql)
	if !st.shape.Verb.Query() {
		return c.executeOther(ctx, st, x)
	}
	err = c.executePlanned(ctx, st, x)
	for again := 1; errors.Is(err, exec.ErrPlanAnew) && again < plansMax; again++ {
		c.exec.PlansAnew()
		err = c.executePlanned(ctx, st, x)
	}
	return err
}

// executePlanned plans a prepared query and runs it.
func (c *connection) executePlanned(ctx context.Context, st *preparedStatement, x *mysql.Execute) error {
	p, err := c.planPrepared(ctx, st)
	if err != nil {
		return err
	}
	if err := c.check(p); err != nil {
		return err
	}
	params := &c.bound
	*params = boundParams{statement: st, params: x.Params, text: params.text[:0], mode: c.exec.LiteralMode()}
	c.args.SQL, c.args.Shape, c.args.Mode, c.args.Charset, c.args.Params = st.sql, &st.shape, c.mode, c.charset, params
	run := exec.Statement{SQL: st.sql, Text: params, Args: &c.args, Flags: st.shape.Flags, Level: c.levelOf(st.shape.Hint), Prepared: &st.Prepared, Execute: x}
	return c.exec.Run(ctx, p, &run)
}

// executeOther runs a prepared statement that is neither query nor DML. It has
// no parameters that matter to routing: it is planned as if its text had been
// sent, and executed, or answered, as the binary protocol wants it.
func (c *connection) executeOther(ctx context.Context, st *preparedStatement, x *mysql.Execute) error {
	switch verb := st.shape.Verb; {
	case len(x.Params) == 0, verb == parser.Call, verb == parser.Do, verb == parser.Explain, verb == parser.Describe:
	default:
		return mysql.NewError(mysql.ErNotSupportedYet, "parameters in this kind of statement are not supported; send it as text")
	}
	c.executing, c.execution, c.exec.Binary = st, x, true
	defer func() { c.executing, c.execution, c.exec.Binary = nil, nil, false }()
	c.scanner.Scan(st.sql, c.mode, &c.shape)
	return c.statement(ctx, append([]byte(nil), st.sql...))
}

// boundParams gives a prepared statement's parameters to the plan.
type boundParams struct {
	statement *preparedStatement
	params    []mysql.Param
	mode      mysql.LiteralMode
	text      []byte
	// binding: parameters are written as ?, and order has those that were.
	binding bool
	order   []mysql.Param
}

// Value is the parameter as a shard key is compared with it.
func (b *boundParams) Value(i int) shardkey.Value {
	p := &b.params[i]
	if p.Null {
		return shardkey.Value{Kind: shardkey.Null}
	}
	kind := shardkey.Other
	switch p.Type {
	case mysql.TypeTiny, mysql.TypeShort, mysql.TypeInt24, mysql.TypeLong, mysql.TypeLongLong, mysql.TypeYear:
		kind = shardkey.Int
	case mysql.TypeDecimal, mysql.TypeNewDecimal:
		kind = shardkey.Decimal
	case mysql.TypeFloat, mysql.TypeDouble:
		kind = shardkey.Float
	case mysql.TypeVarchar, mysql.TypeVarString, mysql.TypeString:
		return shardkey.Value{Kind: shardkey.String, Bytes: p.Value}
	case mysql.TypeBlob, mysql.TypeTinyBlob, mysql.TypeMediumBlob, mysql.TypeLongBlob:
		return shardkey.Value{Kind: shardkey.Binary, Bytes: p.Value}
	case mysql.TypeDate, mysql.TypeNewDate:
		kind = shardkey.Date
	case mysql.TypeDatetime, mysql.TypeTimestamp:
		kind = shardkey.DateTime
	case mysql.TypeTime:
		kind = shardkey.Time
	default: // the rest never routes
	}
	if kind == shardkey.Other {
		return shardkey.Value{}
	}
	column := mysql.Column{Type: p.Type, Decimals: allDecimals}
	if p.Unsigned {
		column.Flags = mysql.FlagUnsigned
	}
	text, err := mysql.BinaryToText(b.text, &column, p.Value)
	if err != nil {
		return shardkey.Value{}
	}
	from := len(b.text) // values before it may still be looked at
	b.text = text
	return shardkey.Value{Kind: kind, Bytes: text[from:]}
}

// allDecimals has a number or a time printed with all the digits that it has.
const allDecimals = 31

// AppendSQL writes the parameter as a literal.
func (b *boundParams) AppendSQL(dst []byte, i int) []byte {
	if b.binding {
		b.order = append(b.order, b.params[i])
		return append(dst, '?')
	}
	out, err := b.params[i].Literal(dst, b.mode)
	if err != nil {
		return append(dst, "(malformed parameter)"...) // a syntax error, never another value
	}
	return out
}

// Bind implements exec.Interpolator.
func (b *boundParams) Bind() { b.binding, b.order = true, nil }

// Bound implements exec.Interpolator.
func (b *boundParams) Bound() []mysql.Param {
	b.binding = false
	return b.order
}

// Interpolate writes the statement's text with the parameters in it.
func (b *boundParams) Interpolate(dst []byte) ([]byte, error) {
	st := b.statement
	if st.shape.Doubt && len(b.params) > 0 {
		return nil, mysql.NewError(mysql.ErNotSupportedYet, "this prepared statement cannot be sent to several shards; send it as text")
	}
	from := 0
	for _, l := range st.shape.Literals {
		if l.Kind == parser.Param {
			dst = append(dst, st.sql[from:l.Start]...)
			dst = b.AppendSQL(dst, int(l.Param))
			from = l.End
		}
	}
	return append(dst, st.sql[from:]...), nil
}

func (c *connection) stmtClose(arg []byte) error {
	if id, ok := mysql.StmtID(arg); ok {
		delete(c.prepared.stmts, id)
	}
	return nil
}

func (c *connection) stmtReset(arg []byte) error {
	id, ok := mysql.StmtID(arg)
	st := c.prepared.stmts[id]
	if !ok || st == nil {
		return mysql.NewError(mysql.ErUnknownStmtHandler, "Unknown prepared statement handler (%d) given to mysql_stmt_precheck", id)
	}
	st.long, st.longBytes, st.failed = nil, 0, nil
	return c.ping()
}

// stmtLongData collects a parameter that comes in pieces. There is no answer;
// what is wrong is told at the next execute.
func (c *connection) stmtLongData(arg []byte) error {
	d, err := mysql.ParseLongData(arg)
	if err != nil {
		return nil //nolint:nilerr // the protocol has no answer to this command
	}
	st := c.prepared.stmts[d.StmtID]
	if st == nil || d.Param >= len(st.Answer.Params) {
		return nil
	}
	if st.longBytes += len(d.Data); st.longBytes > longDataMax {
		st.failed = mysql.NewError(mysql.ErNetPacketTooLarge, "parameters of a prepared statement exceed %d bytes", longDataMax)
		return nil
	}
	for len(st.long) <= d.Param {
		st.long = append(st.long, nil)
	}
	if st.long[d.Param] == nil {
		st.long[d.Param] = []byte{}
	}
	st.long[d.Param] = append(st.long[d.Param], d.Data...)
	return nil
}
