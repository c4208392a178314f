package fault

import (
	"fmt"
	"net/http"
)

// BadRequest returns an error for a request that makes no sense as it is: 400,
// [ConnectionBadRequest]. For one parameter that is wrong, use [Invalid].
func BadRequest(format string, args ...any) *Error {
	return newf(ConnectionBadRequest, format, args)
}

// Unauthorized returns an error for a caller that is not known, or whose proof is not
// accepted: 401, [ConnectionSessionNotFound].
func Unauthorized(format string, args ...any) *Error {
	return newf(ConnectionSessionNotFound, format, args)
}

// Forbidden returns an error for a caller that is known and may not do this: 403,
// [ConnectionForbidden].
func Forbidden(format string, args ...any) *Error {
	return newf(ConnectionForbidden, format, args)
}

// NotFound returns an error for something that is not there: 404,
// [ConnectionNotFound].
func NotFound(format string, args ...any) *Error {
	return newf(ConnectionNotFound, format, args)
}

// Conflict returns an error for a request that does not fit the present state, such as
// a name that is taken: 409, [ConnectionConflict].
func Conflict(format string, args ...any) *Error {
	return newf(ConnectionConflict, format, args)
}

// Invalid returns an error that blames one parameter: 406,
// [ConnectionActionParamRequired], the type that a broken rule of an input has. An
// input's Check returns it, joined with others by [errors.Join] if need be.
func Invalid(key, format string, args ...any) *Error {
	e := newf(ConnectionActionParamRequired, format, args)
	e.Key = key
	return e
}

// TooManyRequests returns an error for a caller that is over a limit: 429,
// [ConnectionRateLimited].
func TooManyRequests(format string, args ...any) *Error {
	return newf(ConnectionRateLimited, format, args)
}

// Unavailable returns an error for a request that may succeed later: 503,
// [ConnectionServerError].
func Unavailable(format string, args ...any) *Error {
	e := newf(ConnectionServerError, format, args)
	e.Status = http.StatusServiceUnavailable
	return e
}

// Internal returns an error for a failure that clients can do nothing about: 500,
// [ConnectionServerError]. Its message is that of err, and [Hidden] in production.
func Internal(err error) *Error {
	return &Error{Type: ConnectionServerError, Message: err.Error(), Err: err, internal: true}
}

// newf returns an error with a formatted message. Without args, the message is taken
// as it is.
func newf(t Type, format string, args []any) *Error {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	return &Error{Type: t, Message: message}
}
