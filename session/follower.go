package session

import (
	"context"
	"errors"
)

// follower renews a session to which another request has just given another id: of two
// logins at once with one cookie, it is for the second. A login of the same user shares
// the session of the first, and one of another user puts its own in the place of that.
type follower struct {
	session *Session
	records *records
}

// follow reports false when there is no session to follow.
func (f follower) follow(ctx context.Context, edit func([]byte) ([]byte, error)) (done bool, err error) {
	from, moved, err := f.place(ctx)
	for range maxTries {
		if err != nil || moved == nil {
			return false, err
		}
		other, next, getErr := f.records.get(ctx, moved.to)
		switch {
		case getErr != nil:
			return false, getErr
		case next != nil:
			from, moved = moved.to, next
			continue
		case other == nil: // it has ended, or another one has taken its place
			if _, next, err = f.records.get(ctx, from); err != nil || next == nil || next.to == moved.to {
				return false, err
			}
			moved = next
			continue
		}
		after, editErr := f.edited(from, other, edit)
		if editErr != nil || after == nil {
			return false, editErr
		}
		if moved, done, err = f.settle(ctx, from, moved, other, after); done {
			return true, nil
		}
	}
	return false, errBusy
}

// place returns the connection's id, and where its session has gone.
func (f follower) place(ctx context.Context) (id string, moved *move, err error) {
	if f.session.inMemory {
		return "", nil, nil
	}
	if err := f.session.enter(ctx); err != nil {
		return "", nil, err
	}
	defer f.session.leave()
	return f.session.current().get(), f.session.moved, nil
}

// edited returns what the other session shall be, or another one for another user, who
// must not have its data. It returns nil unless edit itself logs a user in: an
// old id alone, which an attacker may have planted, must lead to no session.
func (f follower) edited(from string, other *stored, edit func([]byte) ([]byte, error)) (*stored, error) {
	data, err := edit([]byte("{}"))
	if err != nil {
		return nil, err
	}
	fresh, err := f.records.newRecord(sibling(f.records.key(""), from), data)
	if err != nil || fresh.record.UserID() == "" {
		return nil, err
	}
	if fresh.record.UserID() != other.record.UserID() {
		return fresh, nil
	}
	if data, err = edit(other.record.Data); err != nil {
		return nil, err
	}
	shared, err := other.with(other.record.ID, data)
	if err != nil || shared.record.UserID() == other.record.UserID() {
		return shared, err
	}
	return fresh, nil
}

// settle writes after. When Redis does not hold what was expected, it is not done, and
// moved is where to look next.
func (f follower) settle(ctx context.Context, from string, to *move, other, after *stored) (moved *move, done bool, err error) {
	s := f.session
	if err := s.enter(ctx); err != nil {
		return nil, false, err
	}
	defer s.leave()
	client, err := f.records.client()
	if err != nil {
		return nil, false, err
	}
	if other.record.ID != after.record.ID {
		if moved, err = f.records.replace(ctx, client, from, to, after); err != nil || moved != nil {
			return moved, false, err
		}
		f.records.endings.tell(ctx, other.record.ID)
	} else if other.raw != after.raw {
		newer, err := f.records.put(ctx, client, other, after)
		switch {
		case errors.Is(err, ErrGone), errors.Is(err, errMoved), newer != nil:
			return to, false, nil
		case err != nil:
			return nil, false, err
		}
	}
	s.become(after)
	return nil, true, nil
}
