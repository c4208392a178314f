package fault

import (
	"cmp"
	"errors"
)

// Faulter is an error that chooses what clients see of it: its type, status,
// message and details. An app implements it for an error type of its own. Have the
// compiler check the method:
//
//	var _ fault.Faulter = (*QuotaError)(nil)
//
//	func (e *QuotaError) Fault() *fault.Error {
//		return &fault.Error{Type: "QUOTA", Status: 402, Message: e.Error(), Details: e.Usage}
//	}
//
// A nil result means that the error is like any other. [Error] is a Faulter too.
type Faulter interface {
	error
	Fault() *Error
}

var _ Faulter = (*Error)(nil)

var errNil = errors.New("a nil *fault.Error was returned as an error that is not nil")

// As returns the outermost error in err's tree that chooses what clients see, and
// reports whether there is one. The result must not be changed.
func As(err error) (*Error, bool) {
	if found, ok := errors.AsType[Faulter](err); ok {
		if e := found.Fault(); e != nil {
			return e, true
		}
		if _, own := found.(*Error); own {
			return &Error{Type: ConnectionServerError, Message: Hidden, Err: errNil}, true
		}
	}
	return nil, false
}

// From makes any error one that a client may see, as a copy that the caller may
// change. An error that [As] finds in err keeps its type, status and message; any
// other becomes a [ConnectionActionRun] with the message of err. With hide, which is
// for production, clients do not get the message of such an error, nor that of one by
// [Internal]: it becomes [Hidden]. err stays the cause, for the log. From of nil is nil.
func From(err error, hide bool) *Error {
	if err == nil {
		return nil
	}
	e, ok := As(err)
	if !ok {
		e = &Error{Err: err, internal: true}
	}
	own := *e
	switch {
	case !ok:
	case err == error(e):
		own.origin = cmp.Or(e.origin, e)
	case own.Err != errNil:
		own.Err = err // what e is wrapped in is for the log
	}
	if own.Type == "" {
		own.Type = ConnectionActionRun
	}
	if own.internal {
		own.Message = Hidden
		if !hide {
			own.Message = err.Error()
		}
	}
	return &own
}
