package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/shardway/shardway/topology"
)

// answerBytesMax bounds an answer.
const answerBytesMax = 64 << 20

// notAnswered says what no answer means: nothing was changed if nobody was
// reached or nothing was asked to be; otherwise nobody knows.
func notAnswered(q request, err error) error {
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		return fmt.Errorf("%w: %w", errNotSent, err)
	case q.method == http.MethodGet:
		return err
	}
	return fmt.Errorf("%w: %w", topology.ErrOutcomeUnknown, err)
}

func errorOf(status string, data []byte) error {
	var body ErrorBody
	if err := json.Unmarshal(data, &body); err != nil || body.Error == "" {
		return fmt.Errorf("%s: %.200s", status, data)
	}
	if body.Code == codeUnknown {
		return fmt.Errorf("%w (%s)", topology.ErrOutcomeUnknown, body.Error)
	}
	return &topology.Refused{Code: body.Code, Message: body.Error, Hint: body.Hint}
}

// Client calls the admin API. Errors that have an answer are *topology.Refused;
// topology.ErrOutcomeUnknown means that a change may have taken effect.
type Client struct {
	// Endpoint says where the API is, such as "http://127.0.0.1:15300".
	Endpoint func(ctx context.Context) (string, error)
	Token    string
	HTTP     *http.Client
}

// NewClient returns a client of the API at url.
func NewClient(url, token string) *Client {
	return &Client{
		Endpoint: func(context.Context) (string, error) { return strings.TrimRight(url, "/"), nil },
		Token:    token,
	}
}

// NewClusterClient returns a client that finds a controller among the members
// of the cluster: proxies use it for what clients say over SQL.
func NewClusterClient(members func(ctx context.Context, kind string) ([]topology.Member, error), token string) *Client {
	return &Client{Token: token, Endpoint: func(ctx context.Context) (string, error) {
		controllers, err := members(ctx, topology.KindControllers)
		if err != nil {
			return "", err
		}
		for _, controller := range controllers {
			if controller.HTTP != "" {
				return "http://" + controller.HTTP, nil
			}
		}
		return "", &topology.Refused{
			Code: topology.CodeUnavailable, Message: "no controller is running, so nothing can be changed",
			Hint: "start one with 'shardway controller'",
		}
	}}
}

// Do makes one call, bounded by callTimeout; path begins with /v1/.
func (c *Client) Do(ctx context.Context, method, path string, dryRun bool, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	endpoint, err := c.Endpoint(ctx)
	if err != nil {
		return err
	}
	address := endpoint + path
	if dryRun {
		address += "?dry_run=true"
	}
	err = roundTrip(ctx, c.HTTP, request{method: method, url: address, token: c.Token, body: body, answer: answer})
	if errors.Is(err, errNotSent) {
		return &topology.Refused{
			Code:    topology.CodeUnavailable,
			Message: fmt.Sprintf("nobody answers at %s: %s", endpoint, err),
			Hint:    "start a playground or a controller, or say where one is with --server",
		}
	}
	return err
}

func get[T any](ctx context.Context, c *Client, path string) (T, error) {
	var answer T
	err := c.Do(ctx, http.MethodGet, path, false, nil, &answer)
	return answer, err
}

func (c *Client) change(ctx context.Context, method, path string, dryRun bool, body any) (Change, error) {
	var done Change
	err := c.Do(ctx, method, path, dryRun, body, &done)
	return done, err
}

func keyspacePath(keyspace string) string { return "/v1/keyspaces/" + url.PathEscape(keyspace) }

func tablePath(keyspace, table string) string {
	return keyspacePath(keyspace) + "/tables/" + url.PathEscape(table)
}

func userPath(user string) string { return "/v1/users/" + url.PathEscape(user) }

func jobPath(id string) string { return "/v1/jobs/" + url.PathEscape(id) }
