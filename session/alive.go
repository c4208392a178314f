package session

import (
	"context"

	goredis "github.com/redis/go-redis/v9"
)

// ID returns the id of the session that was loaded. Before, and when there is none, it
// is the id that the connection has, in its cookie or since a session was made on it,
// or "": ID does not ask Redis whether there is such a session. The id is a bearer
// secret: keep it out of logs.
func (s *Session) ID(ctx context.Context) string {
	if s.store == nil {
		return ""
	}
	if s.enter(ctx) == nil {
		defer s.leave()
		if s.stored != nil {
			return s.stored.record.ID
		}
	}
	return s.current().get()
}

// Alive reports for each id whether there is a session, in one round trip, without
// starting its time to live anew.
func (s *Store) Alive(ctx context.Context, ids []string) ([]bool, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	replies := make([]*goredis.IntCmd, len(ids))
	_, err = client.Pipelined(ctx, func(pipe goredis.Pipeliner) error {
		for i, id := range ids {
			replies[i] = pipe.Exists(ctx, key(id))
		}
		return nil
	})
	if err != nil {
		return nil, failed(ctx, "look for sessions", err)
	}
	alive := make([]bool, len(ids))
	for i, reply := range replies {
		alive[i] = reply.Val() > 0
	}
	return alive, nil
}
