package session

import (
	"bytes"
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// maxTries bounds how often a change is tried. Of all that collide one gets
// through each time, so only a change that changes the session itself gets here.
const maxTries = 1000

// change edits the session's data until no other change came in between. It holds no
// lock while edit runs: edit is the app's, and may ask for the session itself.
func (s *Session) change(ctx context.Context, renew bool, edit func(data []byte) ([]byte, error)) error {
	existed := false
	for range maxTries {
		before, err := s.load(ctx)
		if err != nil {
			return err
		}
		if before == nil && existed { // another goroutine of this request has destroyed it
			return ErrGone
		}
		existed = before != nil
		after, err := s.edited(before, renew, edit)
		if err != nil || after == before {
			return err
		}
		if done, err := s.swap(ctx, before, after); done || err != nil {
			return err
		}
	}
	return errBusy
}

// edited returns what the session shall be.
func (s *Session) edited(before *stored, renew bool, edit func([]byte) ([]byte, error)) (*stored, error) {
	if before == nil {
		data, err := edit([]byte("{}"))
		if err != nil {
			return nil, err
		}
		return s.store.newRecord(data)
	}
	data, err := edit(before.record.Data)
	if err != nil {
		return nil, err
	}
	id := before.record.ID
	if renew {
		id = sibling(id)
	} else if bytes.Equal(data, before.record.Data) {
		return before, nil
	}
	return before.with(id, data)
}

// swap puts after in the place of before. It returns false when that is not what
// is there any more, and has seen to it that the next load returns what is.
func (s *Session) swap(ctx context.Context, before, after *stored) (done bool, err error) {
	if err := s.enter(ctx); err != nil {
		return false, err
	}
	defer s.leave()
	if !s.loaded || s.stored != before {
		return false, nil
	}
	client, err := s.store.client()
	if err != nil {
		return false, err
	}
	newer, err := s.store.put(ctx, client, before, after)
	switch {
	case err == ErrGone:
		s.stored = nil
		return false, err
	case err != nil:
		s.loaded, s.stored = false, nil // whether Redis has stored it is not known
		return false, err
	case newer != nil:
		s.stored = newer
		return false, nil
	}
	s.stored = after
	if before == nil || before.record.ID != after.record.ID {
		s.current().set(after.record.ID)
		s.connection.AddReply("Set-Cookie", s.store.cookie.of(after.record.ID))
	}
	return true, nil
}

// put writes after if Redis holds before. Otherwise it returns what Redis holds, or
// [ErrGone] when there is nothing.
func (s *Store) put(ctx context.Context, client goredis.UniversalClient, before, after *stored) (*stored, error) {
	ttl := s.options.Config.TTL
	to := key(after.record.ID)
	if before == nil {
		if err := client.Set(ctx, to, after.raw, ttl).Err(); err != nil {
			return nil, failed(ctx, "store the session", err)
		}
		return nil, nil
	}
	script, keys := swapScript, []string{to}
	if from := key(before.record.ID); from != to {
		script, keys = moveScript, []string{from, to}
	}
	reply, err := script.Run(ctx, client, keys, before.raw, after.raw, ttl.Milliseconds()).Result()
	if err != nil {
		return nil, failed(ctx, "store the session", err)
	}
	switch reply := reply.(type) {
	case string:
		if newer := s.parse(ctx, before.record.ID, reply); newer != nil {
			return newer, nil
		}
	case int64:
		if reply == 1 {
			return nil, nil
		}
	}
	return nil, ErrGone
}
