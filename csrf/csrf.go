// Package csrf keeps other sites from running actions in the name of a user
// who is logged in here. A page fetches a token, which is tied to the session of its
// user, and sends it along with what it wants done; another site cannot read it.
//
// An action is guarded by the middleware [Tokens.Require], and its input embeds
// [Input]:
//
//	type createInput struct {
//		Body string `json:"body"`
//		csrf.Input
//	}
//
// SESSION_COOKIE_SAME_SITE=Strict, the default, keeps the session's cookie out of
// requests that other sites cause already. The token is for when it is relaxed, for
// sites under the same domain, and for browsers that do not know better.
package csrf

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/auth"
	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

// DefaultTTL is the default of [Options.TTL].
const DefaultTTL = time.Hour

// Options configure [Tokens].
type Options struct {
	// Redis keeps the tokens. Required.
	Redis *redis.Connections
	// TTL is how long a token lives after it was last asked for. Zero:
	// [DefaultTTL].
	TTL time.Duration
}

// Tokens makes and checks tokens. Each is kept in Redis at csrf:token:<session id>,
// so it ends with its session, and when the session gets another id.
type Tokens struct{ options Options }

// New returns the tokens of an app.
func New(o Options) *Tokens {
	if o.TTL <= 0 {
		o.TTL = DefaultTTL
	}
	return &Tokens{o}
}

// Input is the part of an action's input that carries the token.
type Input struct {
	CSRFToken string `json:"csrfToken,omitempty" doc:"The CSRF token of the session; needed over HTTP." secret:"true"`
}

// token is what [Tokens.Require] asks an input for. Being unexported, it is there
// only where Input is embedded.
func (i *Input) token() string { return i.CSRFToken }

// tokenScript returns the token at the key, or puts ARGV[1] there. Either way it
// lives for another ARGV[2] milliseconds.
var tokenScript = goredis.NewScript(`
local v = redis.call('GET', KEYS[1])
if v and v ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  return v
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return ARGV[1]`)

// Token returns the token of the caller's session: the same one until it expires
// or the session gets another id. Without a session the error is a
// [fault.ConnectionSessionNotFound].
func (t *Tokens) Token(ctx context.Context) (string, error) {
	record, err := session.From(ctx).Load(ctx)
	if err != nil {
		return "", err
	}
	if record == nil {
		return "", &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
	}
	client, err := t.client()
	if err != nil {
		return "", err
	}
	token, err := tokenScript.Run(ctx, client, []string{t.key(record.ID)}, rand.Text(), t.options.TTL.Milliseconds()).Text()
	if err != nil {
		return "", failed("make a CSRF token", err)
	}
	return token, nil
}

// Require is middleware that runs an action only when its input carries the token
// of the caller's session; the error is a [fault.ConnectionChannelAuthorization]
// otherwise. It lets a caller through whose identity is Explicit, as that of a bearer
// token is (package auth), since no other site has the token. Other
// transports than HTTP are let through, too: a command line has no foreign pages, and
// a WebSocket is kept from them by the check of its origin.
//
// The action's input must embed [Input].
func (t *Tokens) Require(next action.Handler) action.Handler {
	action.Describe(next, action.Guard{Name: "csrf", Errors: []fault.Type{fault.ConnectionSessionNotFound, fault.ConnectionChannelAuthorization}})
	return func(ctx context.Context, call *action.Call) (any, error) {
		if connection.From(ctx).Transport != connection.Web {
			return next(ctx, call)
		}
		if err := t.check(ctx, call); err != nil {
			return nil, err
		}
		return next(ctx, call)
	}
}

func (t *Tokens) check(ctx context.Context, call *action.Call) error {
	if i, err := auth.From(ctx); err != nil || i != nil && i.Explicit {
		return err
	}
	in, err := call.Input(ctx)
	if err != nil {
		return err
	}
	input, ok := in.(interface{ token() string })
	if !ok {
		return failed("check the CSRF token", fmt.Errorf("the input of %s does not embed csrf.Input", call.Action.Name))
	}
	sent := input.token()
	if sent == "" {
		return refused("CSRF token missing")
	}
	record, err := session.From(ctx).Load(ctx)
	if err != nil {
		return err
	}
	if record == nil {
		return refused("CSRF token invalid")
	}
	client, err := t.client()
	if err != nil {
		return err
	}
	want, err := client.Get(ctx, t.key(record.ID)).Result()
	if err != nil && !errors.Is(err, goredis.Nil) {
		return failed("check the CSRF token", err)
	}
	if want == "" || subtle.ConstantTimeCompare([]byte(sent), []byte(want)) != 1 {
		return refused("CSRF token invalid")
	}
	return nil
}

func (t *Tokens) key(sessionID string) string {
	return t.options.Redis.Key("csrf:token:" + sessionID)
}

func (t *Tokens) client() (goredis.UniversalClient, error) {
	client, err := t.options.Redis.Connected()
	if err != nil {
		return nil, failed("use CSRF tokens", err)
	}
	return client, nil
}

func refused(message string) error {
	return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: message}
}

func failed(what string, err error) error {
	return fault.Internal(fmt.Errorf("cannot %s: %w", what, err))
}
