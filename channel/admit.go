package channel

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"unicode/utf8"

	"github.com/keryx-go/keryx/fault"
)

// maxPresenceKey bounds what everybody in a channel is sent, in bytes.
const maxPresenceKey = 512

func everybody(context.Context, *Join) error { return nil }

// admit asks the app whether s may join, and as whom. Its error can be sent.
func (n *node) admit(ctx context.Context, d *definition, s Subscriber, j *Join) (key string, err error) {
	err = n.guard(ctx, j.Name, func() (err error) {
		if err = d.decide(ctx, j); err == nil && d.PresenceKey != nil {
			key, err = d.PresenceKey(ctx, j)
		}
		return refusal(err, n.o.HideInternals) // the app's error may panic, too
	})
	if err != nil {
		return "", err
	}
	if key == "" {
		key = s.ID()
	}
	if len(key) > maxPresenceKey || !utf8.ValidString(key) {
		return "", unavailable("This channel cannot be joined",
			fmt.Errorf("channel %s: the presence key is not UTF-8 or has more than %d bytes", d.Name, maxPresenceKey))
	}
	return key, nil
}

// left calls the app's Left for a subscriber that has left.
func (n *node) left(ctx context.Context, j *Join) {
	if j.Channel.Left == nil {
		return
	}
	_ = n.guard(ctx, j.Name, func() error {
		j.Channel.Left(ctx, j)
		return nil
	})
}

// guard runs a function of the app, whose panic must not end the process.
func (n *node) guard(ctx context.Context, name string, run func() error) (err error) {
	finished := false
	defer func() {
		if finished {
			return
		}
		cause := errors.New("the goroutine was ended by runtime.Goexit")
		if r := recover(); r != nil {
			cause = fmt.Errorf("panic: %v", r)
		}
		n.o.Logger.ErrorContext(ctx, "channel: a function of the app panicked",
			"channel", name, "error", cause, "stack", string(debug.Stack()))
		err = &fault.Error{Type: fault.ConnectionServerError, Message: "Internal server error", Err: cause}
	}()
	err = run()
	finished = true
	return err
}
