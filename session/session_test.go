package session_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

// TestAnonymous: a caller that never updates stores nothing, gets no cookie, and does
// not use Redis; there is none here.
func TestAnonymous(t *testing.T) {
	c := &caller{tb: t, store: newStore(nil)}
	if sent := c.do(func(ctx context.Context) error {
		if r, err := session.From(ctx).Load(ctx); r != nil || err != nil {
			t.Errorf("%v, %v", r, err)
		}
		if _, ok, err := session.Data[account](ctx); ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		return errors.Join(session.From(ctx).Regenerate(ctx), session.From(ctx).Destroy(ctx))
	}); sent != "" {
		t.Errorf("sent %q", sent)
	}
}

// TestLife goes through the life of a session, as the wire has it.
func TestLife(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		count := &commands{}
		client.AddHook(count)
		c := &caller{tb: t, store: newStore(client)}

		began := time.Now().UnixMilli()
		sent := c.do(func(ctx context.Context) error {
			return session.Update(ctx, func(a *account) error { a.Theme = "dark"; return nil })
		})
		id := c.id()
		if want := "__session=" + id + "; Max-Age=86400; Path=/; HttpOnly; SameSite=Strict"; sent != want || len(id) < 26 {
			t.Errorf("the cookie is %q, want %q", sent, want)
		}
		raw, _ := client.Get(t.Context(), "session:"+id).Result()
		var record session.Record
		if err := json.Unmarshal([]byte(raw), &record); err != nil || record.CreatedAt < began || record.CreatedAt > time.Now().UnixMilli() {
			t.Errorf("%s: %v", raw, err)
		}
		if want, _ := json.Marshal(session.Record{ID: id, CookieName: "__session", CreatedAt: record.CreatedAt,
			Data: json.RawMessage(`{"theme":"dark"}`)}); raw != string(want) {
			t.Errorf("stored %s, want %s", raw, want)
		}

		client.PExpire(t.Context(), "session:"+id, time.Minute)
		count.take()
		if refreshed := c.do(func(ctx context.Context) error {
			for range 3 {
				if a, ok, err := session.Data[account](ctx); a.Theme != "dark" || !ok || err != nil {
					t.Errorf("%+v, %v, %v", a, ok, err)
				}
			}
			return nil
		}); refreshed != sent {
			t.Errorf("the cookie of a load is %q, want %q", refreshed, sent)
		}
		if names := count.take(); names != "getex" {
			t.Errorf("three reads cost %q", names)
		}
		if ttl := client.TTL(t.Context(), "session:"+id).Val(); ttl < 23*time.Hour {
			t.Errorf("it lives for %v", ttl)
		}

		c.login(7)
		if c.id() == id {
			t.Error("the id stayed")
		}
		if left := strings.Join(keys(t, client), " "); left != "session:"+c.id() {
			t.Errorf("redis holds %q", left)
		}
		ctx, _ := c.request()
		renewed, err := session.From(ctx).Load(ctx)
		if err != nil || renewed.CreatedAt != record.CreatedAt || string(renewed.Data) != `{"theme":"dark","userId":7}` || renewed.ID != c.id() {
			t.Errorf("%+v, %v", renewed, err)
		}

		count.take()
		if gone := c.do(func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) }); gone != "__session=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict" {
			t.Errorf("sent %q", gone)
		}
		if names := count.take(); names != "del" {
			t.Errorf("to destroy it cost %q", names)
		}
		if left := keys(t, client); len(left) != 0 {
			t.Errorf("redis holds %q", left)
		}
	})
}

// TestOneRequest: a request sees its own changes of its session.
func TestOneRequest(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		c := &caller{tb: t, store: newStore(client)}
		c.do(func(ctx context.Context) error {
			set := func(user int64) error {
				return session.Update(ctx, func(a *account) error { a.UserID = user; return nil })
			}
			want := func(user int64, exists bool) {
				t.Helper()
				if a, ok, err := session.Data[account](ctx); a.UserID != user || ok != exists || err != nil {
					t.Errorf("%+v, %v, %v, want user %d", a, ok, err, user)
				}
			}
			err := errors.Join(set(1), session.From(ctx).Regenerate(ctx))
			want(1, true)
			err = errors.Join(err, set(2))
			want(2, true)
			err = errors.Join(err, session.From(ctx).Destroy(ctx))
			want(0, false)
			err = errors.Join(err, set(3))
			want(3, true)
			return err
		})
		if a, ok := c.account(); a.UserID != 3 || !ok {
			t.Errorf("%+v, %v", a, ok)
		}
		if left := keys(t, client); len(left) != 1 {
			t.Errorf("redis holds %q", left)
		}
	})
}

// TestWebSocket: one connection, a session for each message.
func TestWebSocket(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		store := newStore(dial(t, url))
		ctx := connection.With(t.Context(), &connection.Connection{Transport: connection.WebSocket})
		user := func() int64 {
			t.Helper()
			a, _, err := session.Data[account](store.Attach(ctx))
			if err != nil {
				t.Fatal(err)
			}
			return a.UserID
		}
		if err := session.Renew(store.Attach(ctx), func(a *account) error { a.UserID = 5; return nil }); err != nil {
			t.Fatal(err)
		}
		if user() != 5 {
			t.Error("the next message does not know of the login")
		}
		message := store.Attach(ctx)
		record, err := session.From(message).Load(message)
		if err != nil {
			t.Fatal(err)
		}
		if err := session.From(message).Regenerate(message); err != nil {
			t.Fatal(err)
		}
		if user() != 5 {
			t.Error("the next message does not know the new id")
		}
		other := &caller{tb: t, store: store, cookie: "__session=" + record.ID}
		if a, ok := other.account(); ok {
			t.Errorf("the old id is the session of %+v", a)
		}
		record, _ = session.From(message).Load(message)
		other.cookie = "__session=" + record.ID
		other.do(func(ctx context.Context) error { return session.From(ctx).Destroy(ctx) })
		if user() != 0 {
			t.Error("a message does not notice that the session was destroyed elsewhere")
		}
	})
}

// TestUserID: the values that JavaScript uses for no user mean no user.
func TestUserID(t *testing.T) {
	for data, want := range map[string]string{
		`{}`: "", `{"userId":null}`: "", `{"userId":0}`: "", `{"userId":-0.0}`: "", `{"userId":""}`: "", `{"userId":false}`: "",
		`{"userId":true}`: "", `{"userId":[1]}`: "", `{"userId":{"a":1}}`: "", `not json`: "", ``: "",
		`{"userId":7}`: "7", `{"userId":"a-b"}`: "a-b", `{"userId":"0"}`: "0",
		`{"userId":9007199254740993}`: "9007199254740993", `{"userId":"\u00e4"}`: "ä",
	} {
		r := session.Record{Data: json.RawMessage(data)}
		if got := r.UserID(); got != want {
			t.Errorf("%s: %q, want %q", data, got, want)
		}
	}
}

// TestNoStore: a mistake in the wiring is an error, not an anonymous caller.
func TestNoStore(t *testing.T) {
	ctx := t.Context()
	_, loaded := session.From(ctx).Load(ctx)
	_, _, read := session.Data[account](ctx)
	for _, err := range []error{
		loaded, read, session.From(ctx).Destroy(ctx), session.From(ctx).Regenerate(ctx),
		session.Update(ctx, func(*account) error { return nil }),
	} {
		if !errors.Is(err, session.ErrNoStore) {
			t.Errorf("got %v", err)
		}
	}
	c := &caller{tb: t, store: session.NewStore(session.Options{})}
	ctx, _ = c.request()
	if err := session.Update[account](ctx, nil); err == nil || !strings.Contains(err.Error(), "not connected") {
		t.Errorf("without Redis: %v", err)
	}
}

// TestDefaults: a store with no settings at all is no less safe.
func TestDefaults(t *testing.T) {
	client := dial(t, embedded(t))
	c := &caller{tb: t, store: session.NewStore(session.Options{Redis: &redis.Connections{Client: client}})}
	sent := c.do(func(ctx context.Context) error { return session.Update[account](ctx, nil) })
	if want := c.cookie + "; Max-Age=86400; Path=/; SameSite=Strict"; sent != want || !strings.HasPrefix(sent, "__session=") {
		t.Errorf("sent %q, want %q", sent, want)
	}
}
