package main

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keryx-go/keryx/keryxtest"
)

func TestUserCreate(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		c := app.Client()
		before := time.Now().UnixMilli()
		r := c.Put("/api/user", m{"name": "Mario", "email": "Mario@Example.com", "password": password})
		want(t, r, http.StatusOK, `"name":"Mario","email":"mario@example.com","createdAt":`)
		var out ownUserOutput
		r.Decode(&out)
		if u := out.User; u.ID < 2 || u.CreatedAt < before || u.CreatedAt > time.Now().UnixMilli() || u.UpdatedAt != u.CreatedAt {
			t.Errorf("the user is %+v", u)
		}
		if strings.Contains(r.Body, "assword") || sessionID(c) != "" {
			t.Errorf("the answer says too much: %s, cookie %q", r.Body, sessionID(c))
		}
		stored := new(User)
		if err := app.DB.NewSelect().Model(stored).Where("id = ?", out.User.ID).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		if shipped.Memory != 65536 || shipped.Iterations != 2 || shipped.Parallelism != 1 {
			t.Errorf("a hash costs %+v", shipped)
		}
		if !strings.HasPrefix(stored.PasswordHash, "$argon2id$v=19$m=8192,t=1,p=1$") || stored.CreatedAt.UnixMilli() != out.User.CreatedAt {
			t.Errorf("the row is %+v", stored)
		}
		want(t, c.Put("/api/user", m{"name": "Mario Mario", "email": "MARIO@example.com", "password": password}),
			http.StatusInternalServerError, refused("ACTION_VALIDATION", "User already exists"))
		want(t, c.Put("/api/user", m{"name": "Mario", "email": "mario2@example.com", "password": password}),
			http.StatusConflict, refused("CONNECTION_CONFLICT", "This name is taken"), `"key":"name"`)
		want(t, c.Put("/api/user", m{"name": "Mario", "email": "mario@example.com", "password": password}),
			http.StatusInternalServerError, refused("ACTION_VALIDATION", "User already exists"),
			`"errors":[{"message":"User already exists","key":"email","value":"mario@example.com"},{"message":"This name is taken","key":"name","value":"Mario"}]`)
	})
}

func TestUserCreateRefuses(t *testing.T) {
	c := small(t).Client()
	good := m{"name": "Mario", "email": "mario@example.com", "password": password}
	for name, bad := range map[string]struct {
		key   string
		value any
		parts []string
	}{
		"a short name":      {"name", "x", []string{refused(param, tooShort), `"key":"name","value":"x"`}},
		"a long name":       {"name", strings.Repeat("x", 257), []string{refused(param, "Name must be less than 256 characters")}},
		"a short address":   {"email", "y", []string{refused(param, tooShort), `"key":"email"`}},
		"no address":        {"email", "mario", []string{refused(param, "This is not a valid email")}},
		"a huge address":    {"email", "a@b.c" + strings.Repeat("x", 10_000), []string{refused(param, "This is not a valid email")}},
		"a short password":  {"password", "z", []string{refused(param, "Password must be at least 8 characters"), `"value":"[[secret]]"`}},
		"a long password":   {"password", strings.Repeat("x", 257), []string{refused(param, "Password must be less than 256 characters")}},
		"a missing name":    {"name", nil, []string{`"key":"name"`}},
		"a number for name": {"name", 5, []string{`"key":"name","value":5`}},
	} {
		t.Run(name, func(t *testing.T) {
			params := m{bad.key: bad.value}
			for key, value := range good {
				if key != bad.key {
					params[key] = value
				}
			}
			want(t, c.Put("/api/user", params), http.StatusNotAcceptable, bad.parts...)
		})
	}
	want(t, c.Put("/api/user", nil), http.StatusNotAcceptable, "Missing required param: name")
	want(t, c.Put("/api/user", m{"name": "x", "email": "y", "password": "z"}), http.StatusNotAcceptable,
		`"key":"name"`, `"key":"email"`, `"key":"password"`)
}

// TestOneOfManyGetsTheAddress has several sign up with one address at once.
func TestOneOfManyGetsTheAddress(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		const many = 6
		answers := make([]keryxtest.Response, many)
		var wg sync.WaitGroup
		for i := range many {
			wg.Go(func() {
				answers[i] = app.Client().Put("/api/user", m{"name": strings.Repeat("n", i+3), "email": "one@example.com", "password": password})
			})
		}
		wg.Wait()
		created := 0
		for _, r := range answers {
			if r.Status == http.StatusOK {
				created++
				continue
			}
			want(t, r, http.StatusInternalServerError, refused("ACTION_VALIDATION", "User already exists"))
		}
		if created != 1 {
			t.Errorf("%d of them got the address", created)
		}
	})
}

func TestUserEdit(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Post("/api/user", m{"name": "new"}), http.StatusUnauthorized, noSession)
		mario, luigi := user(t, app, "Mario"), user(t, app, "Luigi")
		var before, after ownUserOutput
		mario.Post("/api/user", m{}).Decode(&before) // nothing to change: shows the user
		r := mario.Post("/api/user", m{"name": "New name"})
		want(t, r, http.StatusOK, `"name":"New name","email":"mario@example.com"`)
		r.Decode(&after)
		if after.User.UpdatedAt <= before.User.UpdatedAt || after.User.CreatedAt != before.User.CreatedAt {
			t.Errorf("before %+v, after %+v", before.User, after.User)
		}
		want(t, mario.Post("/api/user", m{"email": "NEW@example.com", "password": "a new password"}), http.StatusOK, `"email":"new@example.com"`)
		c := app.Client()
		want(t, c.Put("/api/session", m{"email": "new@example.com", "password": password}), http.StatusInternalServerError, "Invalid email or password")
		want(t, c.Put("/api/session", m{"email": "new@example.com", "password": "a new password"}), http.StatusOK, `"userId"`)

		want(t, luigi.Post("/api/user", m{"email": "new@example.com"}), http.StatusInternalServerError, refused("ACTION_VALIDATION", "User already exists"))
		want(t, luigi.Post("/api/user", m{"name": "New name"}), http.StatusConflict, refused("CONNECTION_CONFLICT", "This name is taken"))
		want(t, luigi.Post("/api/user", m{"name": "", "email": "x", "password": "short"}), http.StatusNotAcceptable, `"key":"name"`, `"key":"email"`, `"key":"password"`)
		want(t, luigi.Post("/api/user", m{"name": "Luigi"}), http.StatusOK, `"name":"Luigi"`) // one's own name is not taken
	})
}

func TestUserView(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		want(t, app.Client().Get("/api/user/1"), http.StatusUnauthorized, noSession)
		mario := user(t, app, "Mario")
		r := mario.Get("/api/user/1")
		want(t, r, http.StatusOK, `{"user":{"id":1,"name":"Admin","createdAt":`)
		if strings.Contains(r.Body, "email") {
			t.Errorf("other users get the address: %s", r.Body)
		}
		want(t, mario.Get("/api/user/99999"), http.StatusNotFound, refused("CONNECTION_NOT_FOUND", "User with id 99999 not found"))
		want(t, mario.Get("/api/user/9223372036854775807"), http.StatusNotFound, "not found")
		want(t, mario.Get("/api/user/invalid"), http.StatusNotAcceptable, `"key":"user","value":"invalid"`)
		want(t, mario.Get("/api/user/0"), http.StatusNotAcceptable, `"key":"user"`)
	})
}

// TestTheDefaultUser is made by whichever node starts first, and once.
func TestTheDefaultUser(t *testing.T) {
	everywhere(t, func(t *testing.T, app *keryxtest.App) {
		if _, err := app.DB.NewDelete().Model((*User)(nil)).Where("1 = 1").Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				u, err := newAccounts(app.API).defaultUser(t.Context())
				if err != nil || u.Email != "admin@keryxjs.com" || u.Name != "Admin" {
					t.Errorf("got %+v, %v", u, err)
				}
			})
		}
		wg.Wait()
		if n, err := app.DB.NewSelect().Model((*User)(nil)).Count(t.Context()); n != 1 || err != nil {
			t.Errorf("%d users, %v", n, err)
		}
	})
}

// TestADefaultUserWhoCannotBe says why.
func TestADefaultUserWhoCannotBe(t *testing.T) {
	app := small(t)
	if _, err := app.DB.NewUpdate().Model((*User)(nil)).Set("email = 'other@example.com'").Where("1 = 1").Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := newAccounts(app.API).defaultUser(t.Context())
	if err == nil || !strings.Contains(err.Error(), `rename the user who has the name "Admin"`) {
		t.Errorf("got %v", err)
	}
}
