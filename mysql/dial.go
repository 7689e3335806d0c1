package mysql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/go-mysql-org/go-mysql/client"
	gomysql "github.com/go-mysql-org/go-mysql/mysql"
)

// Variant is what makes backend connections differ in the bytes that they
// speak. A client is served by a connection of its own variant. It is
// comparable and can key a map.
type Variant struct {
	DeprecateEOF bool
	FoundRows    bool // affected rows of an UPDATE are those found, not those changed
	IgnoreSpace  bool
}

// VariantOf returns the variant that fits a client's agreed capabilities.
func VariantOf(caps Capability) Variant {
	return Variant{
		DeprecateEOF: caps.Has(CapDeprecateEOF),
		FoundRows:    caps.Has(CapFoundRows),
		IgnoreSpace:  caps.Has(CapIgnoreSpace),
	}
}

// DialOptions is how to log in to a backend.
type DialOptions struct {
	User, Password string
	Variant        Variant
	// Collation is the connection's collation, e.g. "utf8mb4_0900_ai_ci", which
	// is also what empty means. Its id must be below 256.
	Collation string
	// TLS is used if it is set. Without it passwords travel sealed by RSA.
	TLS *tls.Config
	// MaxPacket bounds packets from the backend; 0 means 1 GiB, MySQL's maximum.
	MaxPacket int
}

// backendMaxPacket is MySQL's bound on max_allowed_packet.
const backendMaxPacket = 1 << 30

// Backend is a connection to a MySQL server, logged in.
type Backend struct {
	*Conn
	// ServerVersion is as the server printed it in its greeting.
	ServerVersion string
	// ConnectionID is the server's, what KILL takes.
	ConnectionID uint32
	Variant      Variant
}

// DialBackend connects and logs in, within ctx. What the server refuses is an
// *Error (3032 in offline mode, 1045, 1040); anything else is the network's.
func DialBackend(ctx context.Context, addr string, o DialOptions) (*Backend, error) {
	w := &frameConn{}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		nc, err := vigilant().DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		w.Conn = nc
		return w, nil
	}
	login := func(c *client.Conn) error {
		if o.TLS != nil {
			w.whole = true
			c.SetTLSConfig(o.TLS)
		}
		stop := context.AfterFunc(ctx, func() { _ = w.SetDeadline(time.Unix(1, 0)) })
		w.stop = stop
		return setLogin(c, o)
	}
	cc, err := client.ConnectWithDialer(ctx, "tcp", addr, o.User, o.Password, "", dial, login)
	if w.stop != nil && !w.stop() && err == nil {
		_ = cc.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("log in to %s: %w", addr, loginError(ctx, err))
	}
	nc := cc.Conn.Conn
	if nc == net.Conn(w) {
		nc = w.Conn
	}
	if o.MaxPacket <= 0 {
		o.MaxPacket = backendMaxPacket
	}
	conn := NewConn(nc, ConnOptions{MaxPacket: o.MaxPacket, Capabilities: backendCaps(o.Variant)})
	return &Backend{Conn: conn, ServerVersion: cc.GetServerVersion(), ConnectionID: cc.GetConnectionID(), Variant: o.Variant}, nil
}

// backendCaps is what decides the framing of a backend's answers.
func backendCaps(v Variant) Capability {
	caps := CapProtocol41 | CapSessionTrack | CapLocalFiles | CapMultiResults | CapPSMultiResults
	if v.DeprecateEOF {
		caps |= CapDeprecateEOF
	}
	if v.FoundRows {
		caps |= CapFoundRows
	}
	if v.IgnoreSpace {
		caps |= CapIgnoreSpace
	}
	return caps
}

// setLogin makes go-mysql's client ask for exactly the features of the variant.
func setLogin(c *client.Conn, o DialOptions) error {
	set := []uint32{
		gomysql.CLIENT_SESSION_TRACK, gomysql.CLIENT_MULTI_RESULTS,
		gomysql.CLIENT_PS_MULTI_RESULTS, gomysql.CLIENT_LOCAL_FILES,
	}
	if o.Variant.FoundRows {
		set = append(set, gomysql.CLIENT_FOUND_ROWS)
	}
	if o.Variant.IgnoreSpace {
		set = append(set, gomysql.CLIENT_IGNORE_SPACE)
	}
	for _, flag := range set {
		if err := c.SetCapability(flag); err != nil {
			return fmt.Errorf("capability %#x: %w", flag, err)
		}
	}
	c.UnsetCapability(gomysql.CLIENT_QUERY_ATTRIBUTES)
	c.UnsetCapability(gomysql.CLIENT_MULTI_STATEMENTS)
	if !o.Variant.DeprecateEOF {
		c.UnsetCapability(gomysql.CLIENT_DEPRECATE_EOF)
	}
	if o.Collation != "" {
		if err := c.SetCollation(o.Collation); err != nil {
			return fmt.Errorf("collation %s: %w", o.Collation, err)
		}
	}
	return nil
}

// loginError turns go-mysql's errors into ours.
func loginError(ctx context.Context, err error) error {
	var refused *gomysql.MyError
	if errors.As(err, &refused) {
		return &Error{Code: refused.Code, State: refused.State, Message: refused.Message}
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// frameConn hands out no byte beyond the frame that is being read, so that the
// login leaves none behind in a buffer that is not ours. TLS brings its own
// records, of which a server fills one per packet.
type frameConn struct {
	net.Conn
	stop   func() bool
	whole  bool
	header [packetHeaderLen]byte
	got    int // bytes of the header handed out
	left   int // bytes of the payload still to come
}

// Read reads within the present frame.
func (f *frameConn) Read(p []byte) (int, error) {
	if f.whole {
		return f.Conn.Read(p)
	}
	if f.got < packetHeaderLen {
		n, err := f.Conn.Read(p[:min(len(p), packetHeaderLen-f.got)])
		copy(f.header[f.got:], p[:n])
		if f.got += n; f.got == packetHeaderLen {
			f.left = frameLen(f.header[:])
			if f.left == 0 {
				f.got = 0
			}
		}
		return n, err
	}
	n, err := f.Conn.Read(p[:min(len(p), f.left)])
	if f.left -= n; f.left == 0 {
		f.got = 0
	}
	return n, err
}
