package users

import (
	"context"
	"runtime"

	"github.com/alexedwards/argon2id"
)

// hashing is what one hash costs: 64 MB of memory, and some 100 ms of one core.
var hashing = argon2id.Params{Memory: 64 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords hashes and checks passwords, a few at a time, so that many sign-ins at once
// do not take 64 MB each.
type passwords struct{ slots chan struct{} }

func newPasswords() passwords { return passwords{make(chan struct{}, min(4, runtime.GOMAXPROCS(0)))} }

// hash returns the argon2id hash of a password, with its parameters and salt.
func (p passwords) hash(ctx context.Context, password string) (hash string, err error) {
	err = p.run(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &hashing)
		return err
	})
	return hash, err
}

// check reports whether a hash is that of the password. With an empty hash it takes as
// long to report false, so that its time does not reveal which accounts exist.
func (p passwords) check(ctx context.Context, password, hash string) (ok bool, err error) {
	if hash == "" {
		_, err := p.hash(ctx, password)
		return false, err
	}
	err = p.run(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok, err
}

// run runs work in a free slot. A caller that is gone does not wait.
func (p passwords) run(ctx context.Context, work func() error) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.slots }()
	return work()
}
