package action

import (
	"errors"

	"github.com/keryx-go/keryx/fault"
	"github.com/keryx-go/keryx/internal/input"
)

// invalid is the error for parameters that did not bind.
func invalid(errs fault.FieldErrors) *fault.Error {
	first := errs[0]
	return &fault.Error{
		Type: fault.ConnectionActionParamRequired, Message: first.Message, Key: first.Key, Value: first.Value,
		Errors: errs,
	}
}

// blame adds the values that were sent to the errors of a Check, and joins them to one
// error. Other errors in err become its cause.
func blame(plan *input.Plan, err error, params Params) error {
	failed, rest := blamed(err, nil, nil)
	if len(failed) == 0 {
		return err
	}
	errs := make(fault.FieldErrors, len(failed))
	for i, f := range failed {
		errs[i] = fault.FieldError{Message: f.Message, Key: f.Key, Value: f.Value}
		if sent := plan.Echo(params, f.Key); f.Value == nil || sent == input.Redacted {
			errs[i].Value = sent
		}
	}
	first := *failed[0]
	first.Value, first.Errors, first.Err = errs[0].Value, errs, errors.Join(rest...)
	return &first
}

// blamed collects the errors of a tree that name a parameter, and its other leaves.
func blamed(err error, failed []*fault.Error, rest []error) ([]*fault.Error, []error) {
	switch e := err.(type) {
	case *fault.Error:
		if e != nil && e.Key != "" {
			return append(failed, e), append(rest, e.Err)
		}
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			failed, rest = blamed(one, failed, rest)
		}
		return failed, rest
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return blamed(inner, failed, rest)
		}
	}
	return failed, append(rest, err)
}
