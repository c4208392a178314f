package session

import "context"

// Regenerate gives the session a new id, in one step: its data moves, the old id
// is no session any more, and the reply carries the new cookie. It does nothing
// when there is no session. [ErrGone] means that another request was faster; the
// cookie is left alone then, since the other's reply may carry the better one.
//
// Call it whenever a caller's rights change. Where its data changes too, [Renew]
// does both at once.
func (s *Session) Regenerate(ctx context.Context) error {
	found, err := s.load(ctx)
	if found == nil {
		return err
	}
	return s.change(ctx, true, func(data []byte) ([]byte, error) { return data, nil })
}

// Destroy removes the session from Redis and takes the cookie away. It does
// nothing when there is none, and does not load it to find that out.
func (s *Session) Destroy(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	current := s.current()
	for {
		id := current.id.Load()
		if *id == "" {
			break
		}
		client, err := s.store.client()
		if err != nil {
			return err
		}
		if err := client.Del(ctx, key(*id)).Err(); err != nil {
			return failed(ctx, "remove the session", err)
		}
		s.connection.AddReply("Set-Cookie", s.store.cookie.gone())
		// Another message of the same socket may have renewed the session.
		if current.id.CompareAndSwap(id, new(string)) {
			break
		}
	}
	s.loaded, s.stored = true, nil
	return nil
}
