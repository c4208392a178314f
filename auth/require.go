package auth

import (
	"context"
	"strings"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// Require is middleware that runs an action only for a caller with an identity.
// Others get a 401 [fault.ConnectionSessionNotFound]. When Redis fails, that is the
// error: a caller does not seem logged out because of it.
func Require(next action.Handler) action.Handler {
	action.Describe(next, action.Guard{Name: "login", Login: true})
	return func(ctx context.Context, call *action.Call) (any, error) {
		if _, err := require(ctx); err != nil {
			return nil, err
		}
		return next(ctx, call)
	}
}

// RequireScope returns middleware that runs an action only for a caller with all
// of the scopes: see [Identity.HasScope]. Others get a 403
// [fault.ConnectionForbidden], and 401 without an identity.
func RequireScope(scopes ...string) action.Middleware {
	name := "scope " + strings.Join(scopes, " ")
	return func(next action.Handler) action.Handler {
		action.Describe(next, action.Guard{Name: name, Login: true, Scopes: scopes})
		return func(ctx context.Context, call *action.Call) (any, error) {
			i, err := require(ctx)
			if err != nil {
				return nil, err
			}
			for _, scope := range scopes {
				if !i.HasScope(scope) {
					demand(ctx, `error="insufficient_scope", scope="`+strings.Join(scopes, " ")+`"`)
					return nil, fault.Forbidden("This needs the scope %s", scope)
				}
			}
			return next(ctx, call)
		}
	}
}

// RequireRole returns middleware that runs an action only for a caller with one
// of the roles. Others get a 403 [fault.ConnectionForbidden], and 401 without an
// identity.
func RequireRole(roles ...string) action.Middleware {
	name := "role " + strings.Join(roles, " or ")
	return func(next action.Handler) action.Handler {
		action.Describe(next, action.Guard{Name: name, Login: true, Roles: roles})
		return func(ctx context.Context, call *action.Call) (any, error) {
			i, err := require(ctx)
			if err != nil {
				return nil, err
			}
			if !i.HasRole(roles...) {
				return nil, fault.Forbidden("This needs the role %s", strings.Join(roles, " or "))
			}
			return next(ctx, call)
		}
	}
}

var _ action.Middleware = Require

// require returns the caller's identity, or the error for a caller without one.
func require(ctx context.Context) (*Identity, error) {
	i, err := From(ctx)
	if err != nil {
		return nil, err
	}
	if i == nil {
		demand(ctx, "")
		return nil, &fault.Error{Type: fault.ConnectionSessionNotFound, Message: "Session not found"}
	}
	return i, nil
}
