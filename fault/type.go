package fault

import "net/http"

// Type is the type of an [Error] on the wire, which a client may act on.
type Type string

// The error types of the protocol. An app may use others; their status is 500 unless
// [Error.Status] says otherwise.
const (
	ServerInitialization Type = "SERVER_INITIALIZATION"
	ServerStart          Type = "SERVER_START"
	ServerStop           Type = "SERVER_STOP"

	ConfigError           Type = "CONFIG_ERROR"
	InitializerValidation Type = "INITIALIZER_VALIDATION"
	ActionValidation      Type = "ACTION_VALIDATION"
	TaskValidation        Type = "TASK_VALIDATION"
	ServerValidation      Type = "SERVER_VALIDATION"

	ConnectionServerError           Type = "CONNECTION_SERVER_ERROR"
	ConnectionSessionNotFound       Type = "CONNECTION_SESSION_NOT_FOUND"
	ConnectionActionNotFound        Type = "CONNECTION_ACTION_NOT_FOUND"
	ConnectionActionParamRequired   Type = "CONNECTION_ACTION_PARAM_REQUIRED"
	ConnectionActionParamDefault    Type = "CONNECTION_ACTION_PARAM_DEFAULT"
	ConnectionActionParamValidation Type = "CONNECTION_ACTION_PARAM_VALIDATION"
	ConnectionActionParamFormatting Type = "CONNECTION_ACTION_PARAM_FORMATTING"
	ConnectionActionRun             Type = "CONNECTION_ACTION_RUN"
	ConnectionActionTimeout         Type = "CONNECTION_ACTION_TIMEOUT"
	ConnectionRateLimited           Type = "CONNECTION_RATE_LIMITED"
	ConnectionTypeNotFound          Type = "CONNECTION_TYPE_NOT_FOUND"
	ConnectionNotSubscribed         Type = "CONNECTION_NOT_SUBSCRIBED"
	ConnectionChannelAuthorization  Type = "CONNECTION_CHANNEL_AUTHORIZATION"
	ConnectionChannelValidation     Type = "CONNECTION_CHANNEL_VALIDATION"
	ConnectionTaskDefinition        Type = "CONNECTION_TASK_DEFINITION"

	// The types that Keryx does not have; see [BadRequest], [Forbidden], [NotFound]
	// and [Conflict].
	ConnectionBadRequest Type = "CONNECTION_BAD_REQUEST"
	ConnectionForbidden  Type = "CONNECTION_FORBIDDEN"
	ConnectionNotFound   Type = "CONNECTION_NOT_FOUND"
	ConnectionConflict   Type = "CONNECTION_CONFLICT"
)

// Status returns the HTTP status of the type: 500 unless the client can do
// something about it.
func (t Type) Status() int {
	switch t {
	case ConnectionSessionNotFound:
		return http.StatusUnauthorized
	case ConnectionChannelAuthorization, ConnectionForbidden:
		return http.StatusForbidden
	case ConnectionActionNotFound, ConnectionNotFound:
		return http.StatusNotFound
	case ConnectionChannelValidation, ConnectionBadRequest:
		return http.StatusBadRequest
	case ConnectionConflict:
		return http.StatusConflict
	case ConnectionActionTimeout:
		return http.StatusRequestTimeout
	case ConnectionRateLimited:
		return http.StatusTooManyRequests
	case ConnectionActionParamRequired, ConnectionActionParamDefault, ConnectionActionParamValidation,
		ConnectionActionParamFormatting, ConnectionTypeNotFound, ConnectionNotSubscribed:
		return http.StatusNotAcceptable
	}
	return http.StatusInternalServerError
}
