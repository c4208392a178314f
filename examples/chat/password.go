package main

import (
	"context"
	"runtime"

	"github.com/alexedwards/argon2id"
)

// hashing is what one hash costs: 64 MB of memory, and time on one core. These are
// Keryx's own parameters, so that its users and ours take equally long to check.
var hashing = argon2id.Params{Memory: 64 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// passwords hashes and checks passwords, a few at a time: in a flood of sign-ins, each
// waits for its turn, and does not take 64 MB more.
type passwords struct{ turns chan struct{} }

func newPasswords() passwords {
	return passwords{make(chan struct{}, min(4, runtime.GOMAXPROCS(0)))}
}

// hash returns the argon2id hash of a password, as a PHC string.
func (p passwords) hash(ctx context.Context, password string) (hash string, err error) {
	err = p.inTurn(ctx, func() error {
		hash, err = argon2id.CreateHash(password, &hashing)
		return err
	})
	return hash, err
}

// check reports whether hash is the password's. An empty hash is that of no
// password: it takes as long to refuse as a wrong password, so the time reveals no account.
func (p passwords) check(ctx context.Context, password, hash string) (ok bool, err error) {
	if hash == "" {
		_, err := p.hash(ctx, password)
		return false, err
	}
	err = p.inTurn(ctx, func() error {
		ok, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	return ok, err
}

// inTurn runs work when it is its turn. A caller that is gone does not wait.
func (p passwords) inTurn(ctx context.Context, work func() error) error {
	select {
	case p.turns <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turns }()
	return work()
}
