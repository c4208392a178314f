package action

import "net/http"

// ErrorType is the type of an [Error] on the wire: what a client may act on.
type ErrorType string

// The error types of the protocol. An error that an action returns is usually
// [ConnectionActionRun] or [ActionValidation].
const (
	ServerInitialization ErrorType = "SERVER_INITIALIZATION"
	ServerStart          ErrorType = "SERVER_START"
	ServerStop           ErrorType = "SERVER_STOP"

	ConfigError           ErrorType = "CONFIG_ERROR"
	InitializerValidation ErrorType = "INITIALIZER_VALIDATION"
	ActionValidation      ErrorType = "ACTION_VALIDATION"
	TaskValidation        ErrorType = "TASK_VALIDATION"
	ServerValidation      ErrorType = "SERVER_VALIDATION"

	ConnectionServerError           ErrorType = "CONNECTION_SERVER_ERROR"
	ConnectionSessionNotFound       ErrorType = "CONNECTION_SESSION_NOT_FOUND"
	ConnectionActionNotFound        ErrorType = "CONNECTION_ACTION_NOT_FOUND"
	ConnectionActionParamRequired   ErrorType = "CONNECTION_ACTION_PARAM_REQUIRED"
	ConnectionActionParamDefault    ErrorType = "CONNECTION_ACTION_PARAM_DEFAULT"
	ConnectionActionParamValidation ErrorType = "CONNECTION_ACTION_PARAM_VALIDATION"
	ConnectionActionParamFormatting ErrorType = "CONNECTION_ACTION_PARAM_FORMATTING"
	ConnectionActionRun             ErrorType = "CONNECTION_ACTION_RUN"
	ConnectionActionTimeout         ErrorType = "CONNECTION_ACTION_TIMEOUT"
	ConnectionRateLimited           ErrorType = "CONNECTION_RATE_LIMITED"
	ConnectionTypeNotFound          ErrorType = "CONNECTION_TYPE_NOT_FOUND"
	ConnectionNotSubscribed         ErrorType = "CONNECTION_NOT_SUBSCRIBED"
	ConnectionChannelAuthorization  ErrorType = "CONNECTION_CHANNEL_AUTHORIZATION"
	ConnectionChannelValidation     ErrorType = "CONNECTION_CHANNEL_VALIDATION"
	ConnectionTaskDefinition        ErrorType = "CONNECTION_TASK_DEFINITION"
)

// Status returns the HTTP status of the type: 500 unless the client can do
// something about it.
func (t ErrorType) Status() int {
	switch t {
	case ConnectionSessionNotFound:
		return http.StatusUnauthorized
	case ConnectionChannelAuthorization:
		return http.StatusForbidden
	case ConnectionActionNotFound:
		return http.StatusNotFound
	case ConnectionChannelValidation:
		return http.StatusBadRequest
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
