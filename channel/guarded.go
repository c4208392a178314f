package channel

import (
	"context"

	"github.com/keryx-go/keryx/action"
	"github.com/keryx-go/keryx/fault"
)

// guarded is a decision in the guards of its channel.
type guarded struct {
	external *action.External
}

// admission is one decision.
type admission struct {
	join  *Join
	asked bool // the decision itself
}

type admissionKey struct{}

func newGuarded(c Channel, decide Handler) *guarded {
	run := func(ctx context.Context) (any, error) {
		a := ctx.Value(admissionKey{}).(*admission)
		a.asked = true
		return nil, decide(ctx, a.join)
	}
	return &guarded{action.NewExternal(c.Name, run, c.Guards...)}
}

// decide is a [Handler]. A guard that would answer in place of an action refuses the join.
func (g *guarded) decide(ctx context.Context, j *Join) error {
	a := &admission{join: j}
	_, err := g.external.Run(context.WithValue(ctx, admissionKey{}, a), func(name string) string { return j.Params[name] })
	if err == nil && !a.asked {
		return &fault.Error{Type: fault.ConnectionChannelAuthorization, Message: "This channel cannot be joined"}
	}
	return err
}
