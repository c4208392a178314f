package session

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/keryx-go/keryx/fault"
)

// Data returns the data of the session that ctx carries, and whether there is a
// session. T is a struct with json tags, or a map; what it does not know is left
// out. It is an error when the data does not fit T.
func Data[T any](ctx context.Context) (T, bool, error) {
	var data T
	found, err := From(ctx).load(ctx)
	if found == nil {
		return data, false, err
	}
	err = decode(found.record.Data, &data)
	return data, err == nil, err
}

// Update changes the data of the session that ctx carries, and makes the session
// when there is none. The change is atomic across all servers: it is made on
// condition that the session is still what change has seen, and when it is not,
// change is called again with what it is then. So change may run several times,
// and should do nothing but change its argument.
//
// Only what change has changed is written. Fields that T does not know survive, and
// of concurrent updates each one's fields do; a list is one value. When change
// returns an error, that is the result, and nothing is written. A change of nil
// makes an empty session where there is none.
//
// [ErrGone] means that the session was destroyed, renewed or expired since this
// request has loaded it.
func Update[T any](ctx context.Context, change func(*T) error) error {
	return From(ctx).change(ctx, false, editor(change))
}

// Renew is [Update] that gives the session a new id in the same step, as
// [Session.Regenerate] does. Use it to log a user in: an attacker that
// knew the old id does not know the new one, and the old one never has the new data. Of
// two logins at once with one cookie both succeed, as long as change sets the data's userId
// by itself: those of one user share a session, and of several users' the last one stays.
func Renew[T any](ctx context.Context, change func(*T) error) error {
	return From(ctx).change(ctx, true, editor(change))
}

// editor returns change as a function of the stored JSON.
func editor[T any](change func(*T) error) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		if change == nil {
			return data, nil
		}
		var value T
		if err := decode(data, &value); err != nil {
			return nil, err
		}
		before, err := encode(&value)
		if err != nil {
			return nil, err
		}
		if err := change(&value); err != nil {
			return nil, err
		}
		after, err := encode(&value)
		if err != nil {
			return nil, err
		}
		return merge(data, before, after)
	}
}

func decode[T any](data []byte, into *T) error {
	if err := json.Unmarshal(data, into); err != nil {
		return fault.Internal(fmt.Errorf("the session's data does not fit %s: %w", reflect.TypeFor[T](), err))
	}
	return nil
}

// encode returns the JSON object of a value.
func encode[T any](value *T) ([]byte, error) {
	text, err := json.Marshal(value)
	if err == nil && bytes.Equal(text, []byte("null")) { // a map that was set to nil
		return []byte("{}"), nil
	}
	if err == nil && !isObject(text) {
		err = fmt.Errorf("it is not a JSON object: use a struct or a map")
	}
	if err != nil {
		return nil, fault.Internal(fmt.Errorf("a session cannot hold %s: %w", reflect.TypeFor[T](), err))
	}
	return text, nil
}
