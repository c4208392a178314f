package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/keryx-go/keryx"
)

// accounts reads and writes the table users.
type accounts struct {
	api       *keryx.API
	passwords passwords
}

func newAccounts(api *keryx.API) *accounts { return &accounts{api, newPasswords()} }

// byID returns a user, or nil when there is none.
func (a *accounts) byID(ctx context.Context, id int64) (*User, error) {
	return a.where(ctx, "id = ?", id)
}

// byEmail returns a user, or nil when there is none.
func (a *accounts) byEmail(ctx context.Context, email string) (*User, error) {
	return a.where(ctx, "email = ?", email)
}

// defaultUser returns the default user, and makes it when it is missing. Any
// number of nodes may do so at once.
func (a *accounts) defaultUser(ctx context.Context) (*User, error) {
	user, err := a.byEmail(ctx, defaultUserEmail)
	if user != nil || err != nil {
		return user, err
	}
	created, err := a.create(ctx, defaultUserName, defaultUserEmail, rand.Text())
	if err == nil {
		return created, nil
	}
	user, findErr := a.byEmail(ctx, defaultUserEmail) // made by another node in the meantime
	if user == nil && findErr == nil {
		return nil, fmt.Errorf("cannot make the default user %s: %w; rename the user who has the name %q", defaultUserEmail, err, defaultUserName)
	}
	return user, findErr
}

func (a *accounts) where(ctx context.Context, condition string, value any) (*User, error) {
	user := new(User)
	err := a.api.Tx(ctx).NewSelect().Model(user).Where(condition, value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find a user: %w", err)
	}
	return user, nil
}

// people returns the users with the ids, in the order of their ids.
func (a *accounts) people(ctx context.Context, ids []int64) ([]person, error) {
	people := []person{}
	if len(ids) == 0 {
		return people, nil
	}
	err := a.api.Tx(ctx).NewSelect().Model((*User)(nil)).Column("id", "name").
		Where("id IN (?)", bun.List(ids)).Order("id").Scan(ctx, &people)
	if err != nil {
		return nil, fmt.Errorf("find users: %w", err)
	}
	return people, nil
}

// current returns the user who is signed in. An account that was deleted is not
// signed in.
func (a *accounts) current(ctx context.Context) (*User, error) {
	id, err := currentID(ctx)
	if err != nil {
		return nil, err
	}
	user, err := a.byID(ctx, id)
	if err == nil && user == nil {
		err = keryx.Unauthorized("Session not found")
	}
	return user, err
}

// create adds a user. When several ask for one address or name at once, one
// gets it.
func (a *accounts) create(ctx context.Context, name, email, password string) (*User, error) {
	if err := a.taken(ctx, 0, name, email); err != nil {
		return nil, err // before the work of hashing
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return nil, err
	}
	now := time.Now().UTC()
	user := &User{Name: name, Email: email, PasswordHash: hash, CreatedAt: now, UpdatedAt: now}
	err = a.api.Tx(ctx).NewInsert().Model(user).On("CONFLICT DO NOTHING").Returning("id").Scan(ctx)
	if err != nil {
		return nil, a.blame(ctx, user, fmt.Errorf("add a user: %w", err))
	}
	return user, nil
}

// change is what to change of a user: what is not nil.
type change struct{ name, email, password *string }

// change changes a user.
func (a *accounts) change(ctx context.Context, user *User, to change) error {
	changed := *user
	q := a.api.Tx(ctx).NewUpdate().Model(&changed).WherePK()
	if to.name != nil {
		changed.Name = *to.name
		q = q.Column("name")
	}
	if to.email != nil {
		changed.Email = *to.email
		q = q.Column("email")
	}
	if to.password != nil {
		hash, err := a.passwords.hash(ctx, *to.password)
		if err != nil {
			return err
		}
		changed.PasswordHash = hash
		q = q.Column("password_hash")
	}
	if to == (change{}) {
		return nil
	}
	changed.UpdatedAt = time.Now().UTC()
	if _, err := q.Column("updated_at").Exec(ctx); err != nil {
		return a.blame(ctx, &changed, fmt.Errorf("change a user: %w", err))
	}
	*user = changed
	return nil
}

// blame returns the client's fault for a user who could not be stored, or err
// when it is not the client's.
func (a *accounts) blame(ctx context.Context, user *User, err error) error {
	var fault *keryx.Error
	if taken := a.taken(ctx, user.ID, user.Name, user.Email); errors.As(taken, &fault) {
		return fault
	}
	return err
}

// taken returns the error for an address and a name of which at least one belongs to
// another user than the one with the id.
func (a *accounts) taken(ctx context.Context, id int64, name, email string) error {
	var others []User
	err := a.api.Tx(ctx).NewSelect().Model(&others).
		Where("id <> ?", id).Where("email = ? OR name = ?", email, name).Scan(ctx)
	if err != nil {
		return fmt.Errorf("find a user: %w", err)
	}
	var errs []keryx.FieldError
	fault := &keryx.Error{Type: keryx.ConnectionConflict}
	if slices.ContainsFunc(others, func(other User) bool { return other.Email == email }) {
		fault.Type = keryx.ActionValidation // as Keryx's clients expect
		errs = append(errs, keryx.FieldError{Message: "User already exists", Key: "email", Value: email})
	}
	if slices.ContainsFunc(others, func(other User) bool { return other.Name == name }) {
		errs = append(errs, keryx.FieldError{Message: "This name is taken", Key: "name", Value: name})
	}
	if len(errs) == 0 {
		return nil
	}
	first := errs[0]
	fault.Message, fault.Key, fault.Value, fault.Errors = first.Message, first.Key, first.Value, errs
	return fault
}
