package action

import (
	"context"
	"fmt"
	"reflect"

	"github.com/keryx-go/keryx/fault"
)

// Ref is a typed reference to an action, which [Handle] returns. Go code calls the
// action with it, and the compiler checks input and result.
type Ref[In, Out any] struct{ entry *Entry }

// Entry returns the action that r refers to.
func (r *Ref[In, Out]) Entry() *Entry { return r.entry }

// Act runs the action and returns its result. It does what [Registry.Act] does with
// the same input: the tags of In and its Check hold, middleware and timeout apply,
// and fields that omitempty or omitzero leave out take their defaults. The context
// carries the caller's connection and open transaction on to the action. The error
// is always a [*fault.Error].
func (r *Ref[In, Out]) Act(ctx context.Context, in In) (Out, error) {
	var none Out
	result, failure := r.entry.act(ctx, in)
	if failure != nil {
		return none, failure
	}
	out, ok := result.(Out)
	if !ok && result != nil {
		err := fmt.Errorf("the result of %s is a %T, not a %v: middleware has replaced it", r.entry.Name, result, reflect.TypeFor[Out]())
		return none, fault.Internal(err)
	}
	return out, nil
}
