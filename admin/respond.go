package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/shardway/shardway/topology"
)

// ErrorBody is what an error looks like.
type ErrorBody struct {
	Error string `json:"error"`
	// Hint says what to do instead.
	Hint string `json:"hint,omitempty"`
	// Code is a topology.Code, or one of those below.
	Code topology.Code `json:"code"`
}

// Codes beyond those of package topology.
const (
	codeUnknown  topology.Code = "outcome_unknown"
	codeInternal topology.Code = "internal"
)

// Change is the answer to a changing call.
type Change struct {
	// DryRun: nothing was changed.
	DryRun bool `json:"dry_run,omitempty"`
	// Steps is what was done, or would be, in words.
	Steps    []string `json:"steps"`
	Warnings []string `json:"warnings,omitempty"`
	// Version is the topology's that has the change.
	Version int64 `json:"version,omitempty"`
}

// call is one request: what its path names, and whether it is a dry run.
type call struct {
	context.Context
	request *http.Request
	dryRun  bool
}

// name returns what stands in the path at {what}.
func (c call) name(what string) string { return c.request.PathValue(what) }

// nothing is the body of a request without one.
type nothing struct{}

// handle registers a call whose body is a Req and whose answer is a Res.
func handle[Req, Res any](mux *http.ServeMux, pattern string, do func(call, Req) (Res, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		var body Req
		decoder := json.NewDecoder(r.Body)
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&body); err != nil && !errors.Is(err, io.EOF) {
			respondError(w, &topology.Refused{Code: topology.CodeInvalid, Message: "the request is not understood: " + err.Error()})
			return
		}
		dry := r.URL.Query().Get("dry_run")
		if dry != "" && dry != "true" && dry != "false" {
			respondError(w, &topology.Refused{
				Code: topology.CodeInvalid, Message: fmt.Sprintf("dry_run=%s is neither true nor false", dry),
			})
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), callTimeout)
		defer cancel()
		answer, err := do(call{Context: ctx, request: r, dryRun: dry == "true"}, body)
		if err != nil {
			respondError(w, err)
			return
		}
		respond(w, http.StatusOK, answer)
	})
}

func respond(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	// Whoever asked may be gone; there is nobody else to tell.
	_ = encoder.Encode(body)
}

func respondError(w http.ResponseWriter, err error) {
	body := ErrorBody{Error: err.Error(), Code: codeInternal}
	if refused, ok := topology.AsRefused(err); ok {
		body.Code, body.Hint = refused.Code, refused.Hint
	}
	if errors.Is(err, topology.ErrOutcomeUnknown) {
		body.Code, body.Hint = codeUnknown, "'shardway status' shows whether it took effect"
	}
	respond(w, statusOf(body.Code), body)
}

func statusOf(code topology.Code) int {
	switch code {
	case topology.CodeInvalid:
		return http.StatusBadRequest
	case topology.CodeNotFound:
		return http.StatusNotFound
	case topology.CodeExists, topology.CodeInUse:
		return http.StatusConflict
	case topology.CodeUnsupported:
		return http.StatusUnprocessableEntity
	case topology.CodeUnavailable:
		return http.StatusServiceUnavailable
	case codeUnknown:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

func notFound(format string, args ...any) error {
	return &topology.Refused{Code: topology.CodeNotFound, Message: fmt.Sprintf(format, args...)}
}

// change edits the topology, or in a dry run only tries to, and reports steps.
func (s *Server) change(c call, edit func(*topology.Draft) error, steps ...string) (Change, error) {
	done := Change{DryRun: c.dryRun, Steps: steps}
	if c.dryRun {
		snap, err := s.opts.Store.Load(c)
		if err != nil {
			return Change{}, err
		}
		draft := snap.Edit()
		if err := edit(draft); err != nil {
			return Change{}, err
		}
		_, err = draft.Finish()
		return done, err
	}
	snap, err := s.opts.Store.Update(c, edit)
	if err != nil {
		return Change{}, err
	}
	done.Version = snap.Version
	if why := s.told(c, snap.Version); why != "" {
		done.Warnings = append(done.Warnings, why)
	}
	return done, nil
}

// toldTimeout bounds how long the answer to a change waits for the proxies.
const toldTimeout = 2 * time.Second

// told waits, bounded, until the proxies route by a change, so that whoever
// made it can go on through any of them. It says which one is behind.
func (s *Server) told(ctx context.Context, version int64) string {
	ctx, cancel := context.WithTimeout(ctx, toldTimeout)
	defer cancel()
	if err := s.opts.Proxies.Known(ctx, version); err != nil {
		return fmt.Sprintf("the change is made, but not every proxy has it yet: %v", err)
	}
	return ""
}
