package session_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/keryx-go/keryx/connection"
	"github.com/keryx-go/keryx/internal/redistest"
	"github.com/keryx-go/keryx/redis"
	"github.com/keryx-go/keryx/session"
)

const likeOurs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// TestHostileIDs: an id of another form never reaches Redis.
func TestHostileIDs(t *testing.T) {
	client := dial(t, embedded(t))
	count := &commands{}
	client.AddHook(count)
	c := &caller{tb: t, store: newStore(client)}
	for _, id := range []string{
		"", "1", "admin", "../../etc/passwd", "*", "session:x", "{tag}" + likeOurs, strings.ToLower(likeOurs), likeOurs[:25], likeOurs + "1",
		likeOurs + "\x00", likeOurs + "\r\nDEL x", likeOurs + "\u00e9", `"` + likeOurs + `"`, likeOurs + " A", likeOurs + "%41",
		strings.Repeat("A", 65), strings.Repeat("A", 1<<20), strings.ToUpper(uuid), uuid + "0", strings.ReplaceAll(uuid, "-", "_"), uuid[:35] + "g",
		"\xff\xfe" + likeOurs,
	} {
		c.cookie = "__session=" + id
		ctx, conn := c.request()
		if r, err := session.From(ctx).Load(ctx); r != nil || err != nil {
			t.Errorf("%.80q: %v, %v", id, r, err)
		}
		if err := session.From(ctx).Destroy(ctx); err != nil {
			t.Errorf("%.80q: %v", id, err)
		}
		if names, sent := count.take(), setCookies(conn); names != "" || len(sent) != 0 {
			t.Errorf("%.80q: redis was sent %q, the caller %q", id, names, sent)
		}
	}
}

// TestCookiesTwice: the first that may be an id counts, wherever it stands.
func TestCookiesTwice(t *testing.T) {
	client := dial(t, embedded(t))
	c := &caller{tb: t, store: newStore(client)}
	c.login(9)
	for _, lines := range [][]string{
		{"a=b; " + c.cookie + "; c=d"},
		{"__session=bad; " + c.cookie},
		{c.cookie + "; __session=" + likeOurs},
		{"__session=" + likeOurs + "x", c.cookie},
		{" ;;=; __session; \x00=\x01;" + c.cookie + ";"},
		{"\t" + c.cookie},
		{"__Session=" + likeOurs + "; " + c.cookie},
		{strings.Repeat("__session=;", 5000) + c.cookie},
	} {
		conn := &connection.Connection{Transport: connection.Web, Header: http.Header{"Cookie": lines}}
		ctx := c.store.Attach(connection.With(t.Context(), conn))
		if a, _, err := session.Data[account](ctx); a.UserID != 9 || err != nil {
			t.Errorf("%.80q: %+v, %v", lines, a, err)
		}
	}
}

// TestGuessedID: an id that the server has not issued is no session, and does not
// become one.
func TestGuessedID(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		for _, id := range []string{likeOurs, uuid} {
			c := &caller{tb: t, store: newStore(client), cookie: "__session=" + id}
			if sent := c.do(func(ctx context.Context) error {
				r, err := session.From(ctx).Load(ctx)
				if r != nil {
					t.Errorf("%s is the session %+v", id, r)
				}
				return err
			}); sent != "" {
				t.Errorf("sent %q", sent)
			}
			c.do(func(ctx context.Context) error {
				return session.Update(ctx, func(a *account) error { a.Theme = "dark"; return nil })
			})
			if c.id() == id || client.Exists(t.Context(), "session:"+id).Val() != 0 {
				t.Errorf("%s was adopted", id)
			}
		}
	})
}

// TestFixation: an attacker has a session and gets a victim to use its id. When the
// victim has logged in, the attacker's session is gone.
func TestFixation(t *testing.T) {
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		attacker := &caller{tb: t, store: newStore(client)}
		attacker.do(func(ctx context.Context) error { return session.Update[account](ctx, nil) })
		for name, login := range map[string]func(context.Context) error{
			"renew": func(ctx context.Context) error {
				return session.Renew(ctx, func(a *account) error { a.UserID = 42; return nil })
			},
			"update, then regenerate": func(ctx context.Context) error {
				return errors.Join(session.Update(ctx, func(a *account) error { a.UserID = 42; return nil }),
					session.From(ctx).Regenerate(ctx))
			},
		} {
			victim := &caller{tb: t, store: newStore(client), cookie: attacker.cookie}
			victim.do(login)
			if a, ok := attacker.account(); ok {
				t.Errorf("%s: the attacker is %+v", name, a)
			}
			if a, ok := victim.account(); !ok || a.UserID != 42 {
				t.Errorf("%s: the victim is %+v, %v", name, a, ok)
			}
		}
	})
}

// TestNotASession: a value that is not a record counts as no session, is left alone and
// reported, and does not keep its owner from logging in.
func TestNotASession(t *testing.T) {
	const id = likeOurs
	set := func(value string) func(context.Context, *goredis.Client) {
		return func(ctx context.Context, c *goredis.Client) { c.Set(ctx, "session:"+id, value, time.Minute) }
	}
	redistest.Each(t, func(t *testing.T, url string) {
		client := dial(t, url)
		for name, fill := range map[string]func(context.Context, *goredis.Client){
			"empty": set(""), "garbage": set("\x00\xffgarbage"), "no object": set(`[1]`), "null": set("null"), "a half": set(`{"id":"` + id),
			"of another id":   set(`{"id":"` + uuid + `","cookieName":"__session","createdAt":1,"data":{"userId":1}}`),
			"without data":    set(`{"id":"` + id + `","cookieName":"__session","createdAt":1}`),
			"data is null":    set(`{"id":"` + id + `","cookieName":"__session","createdAt":1,"data":null}`),
			"data is a list":  set(`{"id":"` + id + `","cookieName":"__session","createdAt":1,"data":[{"userId":1}]}`),
			"another type":    func(ctx context.Context, c *goredis.Client) { c.HSet(ctx, "session:"+id, "userId", 1) },
			"of another kind": set(`{"id":5,"data":{}}`),
		} {
			client.FlushDB(t.Context())
			fill(t.Context(), client)
			before, _ := client.Dump(t.Context(), "session:"+id).Result()
			var log bytes.Buffer
			c := &caller{tb: t, cookie: "__session=" + id, store: session.NewStore(session.Options{
				Config: settings, Redis: &redis.Connections{Client: client},
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			})}
			if a, ok := c.account(); ok {
				t.Errorf("%s: it is the session of %+v", name, a)
			}
			if line := log.String(); !strings.Contains(line, "level=WARN") || strings.Contains(line, id) {
				t.Errorf("%s: logged %q", name, line)
			}
			c.login(3)
			if a, ok := c.account(); !ok || a.UserID != 3 || c.id() == id {
				t.Errorf("%s: after the login %+v, %v", name, a, ok)
			}
			if after, _ := client.Dump(t.Context(), "session:"+id).Result(); after != before {
				t.Errorf("%s: the value was changed", name)
			}
		}
	})
}
