package admin

import (
	"crypto/subtle"
	"net"
	"net/http"
	"slices"
	"strings"
)

// markHeader is set by every client of ours. A page in a browser cannot set it
// for another site without being asked for permission first, which is never given.
const markHeader = "X-Shardway"

// bodyBytesMax bounds a request's body.
const bodyBytesMax = 4 << 20

// guard lets in only who may: with a token whoever knows it; without one, what
// calls this machine by its own name, so that no page in a browser here can
// reach the API by pointing a name of its own at it; and changes only from
// clients that say they mean it.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case s.opts.Token != "" && !s.hasToken(r):
			w.Header().Set("WWW-Authenticate", "Bearer")
			respond(w, http.StatusUnauthorized, ErrorBody{
				Error: "the admin API needs its token", Hint: "give the token that the controller was started with", Code: "unauthorized",
			})
		case s.opts.Token == "" && !s.isOwnName(r.Host):
			respond(w, http.StatusForbidden, ErrorBody{
				Error: "the admin API does not answer to the name " + r.Host, Hint: "call it by 127.0.0.1 or localhost", Code: "forbidden",
			})
		case r.Method != http.MethodGet && r.Method != http.MethodHead && !isMeant(r):
			respond(w, http.StatusForbidden, ErrorBody{
				Error: "a change must say that it is meant for Shardway",
				Hint:  "send the header X-Shardway: 1 or Content-Type: application/json", Code: "forbidden",
			})
		default:
			r.Body = http.MaxBytesReader(w, r.Body, bodyBytesMax)
			next.ServeHTTP(w, r)
		}
	})
}

func (s *Server) hasToken(r *http.Request) bool {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return isBearer && subtle.ConstantTimeCompare([]byte(token), []byte(s.opts.Token)) == 1
}

func (s *Server) isOwnName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if ip := net.ParseIP(host); ip != nil && ip.IsLoopback() {
		return true
	}
	return host == "localhost" || slices.Contains(s.opts.Hosts, host)
}

func isMeant(r *http.Request) bool {
	contentType, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return r.Header.Get(markHeader) != "" || strings.TrimSpace(contentType) == "application/json"
}
