package keryx

import "github.com/keryx-go/keryx/fault"

// What an app needs of package fault, under one import.
type (
	// Error is an error as a client sees it. An action returns one to choose what that
	// is, or the result of [NotFound] and its like. Its fields, all optional:
	//
	//	Type    ErrorType    decides the status; "" means ConnectionActionRun
	//	Message string       for the client
	//	Key     string       the parameter that is to blame
	//	Value   any          its value
	//	Errors  []FieldError every parameter that is to blame
	//	Details any          sent as JSON, as "details"
	//	Status  int          the HTTP status, in place of that of Type
	//	Err     error        the cause, for the log
	//	Trace   string       the stack of a panic, for the log
	//
	// Its method WithCause sets Err. See [fault.Error] for all about them.
	Error = fault.Error
	// ErrorType is the type of an error on the wire; it decides the HTTP status. It is a
	// string, and an app may use its own.
	ErrorType = fault.Type
	// FieldError says what is wrong with one parameter: its Message, its Key, such as
	// "items[0].name", and its Value.
	FieldError = fault.FieldError
	// Faulter is an error of the app's own that chooses what clients see of it:
	//
	//	func (e *QuotaError) Fault() *keryx.Error {
	//		return &keryx.Error{Type: "QUOTA", Status: 402, Message: e.Error(), Details: e.Usage}
	//	}
	Faulter = fault.Faulter
	// Statuses are HTTP statuses by the types of errors, a map[ErrorType]int for
	// [Options.ErrorStatuses].
	Statuses = fault.Statuses
)

// RESTStatuses returns the statuses that most HTTP APIs have, where those of Keryx's
// protocol are others: see [fault.REST]. WEB_SERVER_ERROR_STATUSES=rest chooses them, too.
func RESTStatuses() Statuses { return fault.REST() }

// The types of an error on the wire, with the HTTP status of each.
const (
	ServerInitialization            = fault.ServerInitialization            // 500
	ServerStart                     = fault.ServerStart                     // 500
	ServerStop                      = fault.ServerStop                      // 500
	ConfigError                     = fault.ConfigError                     // 500
	InitializerValidation           = fault.InitializerValidation           // 500
	ActionValidation                = fault.ActionValidation                // 500
	TaskValidation                  = fault.TaskValidation                  // 500
	ServerValidation                = fault.ServerValidation                // 500
	ConnectionServerError           = fault.ConnectionServerError           // 500
	ConnectionSessionNotFound       = fault.ConnectionSessionNotFound       // 401
	ConnectionActionNotFound        = fault.ConnectionActionNotFound        // 404
	ConnectionActionParamRequired   = fault.ConnectionActionParamRequired   // 406
	ConnectionActionParamDefault    = fault.ConnectionActionParamDefault    // 406
	ConnectionActionParamValidation = fault.ConnectionActionParamValidation // 406
	ConnectionActionParamFormatting = fault.ConnectionActionParamFormatting // 406
	ConnectionActionRun             = fault.ConnectionActionRun             // 500
	ConnectionActionTimeout         = fault.ConnectionActionTimeout         // 408
	ConnectionRateLimited           = fault.ConnectionRateLimited           // 429
	ConnectionTypeNotFound          = fault.ConnectionTypeNotFound          // 406
	ConnectionNotSubscribed         = fault.ConnectionNotSubscribed         // 406
	ConnectionChannelAuthorization  = fault.ConnectionChannelAuthorization  // 403
	ConnectionChannelValidation     = fault.ConnectionChannelValidation     // 400
	ConnectionTaskDefinition        = fault.ConnectionTaskDefinition        // 500
	ConnectionBadRequest            = fault.ConnectionBadRequest            // 400
	ConnectionForbidden             = fault.ConnectionForbidden             // 403
	ConnectionNotFound              = fault.ConnectionNotFound              // 404
	ConnectionConflict              = fault.ConnectionConflict              // 409
)

// BadRequest returns an error for a request that makes no sense as it is: 400. For one
// parameter that is wrong, use [Invalid].
func BadRequest(format string, args ...any) *Error { return fault.BadRequest(format, args...) }

// Unauthorized returns an error for a caller that is not known, or whose proof is not
// accepted: 401.
func Unauthorized(format string, args ...any) *Error { return fault.Unauthorized(format, args...) }

// Forbidden returns an error for a caller that is known and may not do this: 403.
func Forbidden(format string, args ...any) *Error { return fault.Forbidden(format, args...) }

// NotFound returns an error for something that is not there: 404.
//
//	return nil, keryx.NotFound("there is no user %d", in.UserID)
func NotFound(format string, args ...any) *Error { return fault.NotFound(format, args...) }

// Conflict returns an error for a request that does not fit the present state, such as
// a name that is taken: 409.
func Conflict(format string, args ...any) *Error { return fault.Conflict(format, args...) }

// Invalid returns an error that blames one parameter, like a broken rule of an input:
// 406. An input's Check returns it, joined with others by [errors.Join] if need be.
func Invalid(key, format string, args ...any) *Error { return fault.Invalid(key, format, args...) }

// TooManyRequests returns an error for a caller that is over a limit: 429.
func TooManyRequests(format string, args ...any) *Error {
	return fault.TooManyRequests(format, args...)
}

// Unavailable returns an error for a request that may succeed later: 503.
func Unavailable(format string, args ...any) *Error { return fault.Unavailable(format, args...) }

// Internal returns an error for a failure that clients can do nothing about: 500. In
// production, clients do not see the message of err.
func Internal(err error) *Error { return fault.Internal(err) }
