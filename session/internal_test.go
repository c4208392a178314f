package session

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/config"
	"github.com/keryx-go/keryx/internal/slot"
)

// TestSiblingsShareASlot, whatever the slot is.
func TestSiblingsShareASlot(t *testing.T) {
	id := newID()
	crc := slot.Checksum(0, key(id))
	for want := uint16(0); want < slot.Count; want += 61 {
		found, ok := steer([]byte(id), crc, want, steering)
		steered := string(found)
		if !ok || slot.Checksum(0, key(steered))%slot.Count != want || !strings.HasPrefix(steered, id) || !issued(steered) {
			t.Fatalf("slot %d: %q, %v", want, steered, ok)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		old := id
		id = sibling(old)
		if slot.Of(key(id)) != slot.Of(key(old)) || seen[id] || id[:20] == old[:20] || len(id) != len(newID())+steering {
			t.Fatalf("%q after %q", id, old)
		}
		seen[id] = true
	}
}

func TestCookieFlags(t *testing.T) {
	for want, c := range map[string]config.SessionCookie{
		"; Path=/; HttpOnly; SameSite=Strict":         {HTTPOnly: true, SameSite: "Strict"},
		"; Path=/; HttpOnly; SameSite=Strict; Secure": {HTTPOnly: true, SameSite: "strict", Secure: true},
		"; Path=/; SameSite=Lax":                      {SameSite: "lax"},
		"; Path=/; SameSite=None; Secure":             {SameSite: "NONE", Secure: true},
		"; Path=/; SameSite=Strict":                   {SameSite: "nonsense"},
	} {
		if got := newCookie(config.Session{Cookie: c}).flags; got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// FuzzCookies: whatever a request carries, what comes out is nothing or something
// that may be an id, and it was there.
func FuzzCookies(f *testing.F) {
	id := newID()
	for _, line := range []string{"", "__session=" + id, "a=b; __session=" + id + "; c", "__session=x;__session=" + id, "=;;=", "__session", "\x00;\xff=\n"} {
		f.Add(line, id)
	}
	c := cookie{name: "__session"}
	f.Fuzz(func(t *testing.T, line, other string) {
		found := c.find(http.Header{"Cookie": {other, line}})
		if found == "" {
			return
		}
		if !issued(found) || !strings.Contains(other+";"+line, "__session="+found) {
			t.Fatalf("%q in %q, %q", found, other, line)
		}
		if strings.ContainsFunc(found, func(r rune) bool { return r <= ' ' || r > 'z' || strings.ContainsRune("*?[]{}:\\\"", r) }) {
			t.Fatalf("%q would be more than an id in a key", found)
		}
	})
}

// FuzzRecord: a stored value is a record, or is refused. What is taken can be
// changed, and keeps the rest.
func FuzzRecord(f *testing.F) {
	id := newID()
	for _, raw := range []string{
		"", "null", "{}", "\x00", `{"id":"` + id + `","cookieName":"c","createdAt":1,"data":{}}`,
		`{"id":"` + id + `","data":{"a":[1,2.50],"b":{"c":null}},"x":[]}`, `{"id":"x","id":"` + id + `","data":1,"data":{}}`,
		`{"ID":"` + id + `","Data":{"a":1}}`, `{"id":"` + id + `","ID":"` + id + `","data":{},"dAtA":{}}`, ` { "id" : "` + id + `" , "data" : { } } `,
	} {
		f.Add(raw, id)
	}
	f.Fuzz(func(t *testing.T, raw, id string) {
		s, err := parseRecord(id, raw)
		if err != nil {
			return
		}
		to := newID()
		moved, err := s.with(to, []byte(`{"new":1}`))
		if err != nil {
			t.Fatalf("%s cannot be moved: %v", raw, err)
		}
		if moved.record.ID != to || string(moved.record.Data) != `{"new":1}` ||
			moved.record.CreatedAt != s.record.CreatedAt || moved.record.CookieName != s.record.CookieName {
			t.Fatalf("%s became %s", raw, moved.raw)
		}
		back, err := moved.with(id, s.record.Data)
		if err != nil || !bytes.Equal(back.record.Data, s.record.Data) {
			t.Fatalf("%s came back as %+v, %v", raw, back, err)
		}
	})
}

// FuzzMerge: a difference carried over to what is stored is there afterwards, and
// what is not in it is as it was.
func FuzzMerge(f *testing.F) {
	for _, v := range [][3]string{
		{`{}`, `{}`, `{"a":1}`},
		{`{"x":1.0,"a":1}`, `{"a":1}`, `{"a":2}`},
		{`{"x":{"y":[]},"a":1}`, `{"a":1,"x":{}}`, `{"x":{"z":1}}`},
		{`{"a":1,"a":2}`, `{"a":2}`, `{}`},
		{`{"A":1}`, `{"a":1}`, `{"a":3}`},
		{`{"a":1,"A":2}`, `{"a":2}`, `{"a":3}`},
		{`{"A":1}`, `{"A":1}`, `{"A":1,"a":2}`},
		{`{"\u0061":1,"b":{}}`, `{"a":1}`, `{"a":[]}`},
	} {
		f.Add([]byte(v[0]), []byte(v[1]), []byte(v[2]))
	}
	f.Fuzz(func(t *testing.T, stored, before, after []byte) {
		for _, text := range [][]byte{stored, before, after} {
			if o, ok := parseObject(text); !ok || len(o) > 50 {
				return
			}
		}
		merged := merge(stored, before, after)
		got, ok := parseObject(merged)
		if !ok {
			t.Fatalf("%s is not JSON", merged)
		}
		old, _ := parseObject(before)
		want, _ := parseObject(after)
		known := slices.Concat(old, want)
		for _, m := range want {
			i := got.findField(m.name, known)
			if old.find(m.name) >= 0 {
				continue // it may be as it was, or be merged itself
			}
			if last := want[want.find(m.name)]; i < 0 || !bytes.Equal(got[i].value, last.value) {
				t.Fatalf("%s: %q is not %s", merged, m.name, last.value)
			}
		}
		untouched, _ := parseObject(stored)
		for _, m := range untouched {
			if !slices.ContainsFunc(known, func(k member) bool { return m.isField(k.name, known) }) &&
				!bytes.Contains(merged, []byte(string(m.key)+":"+string(m.value))) {
				t.Fatalf("%s has lost %s:%s", merged, m.key, m.value)
			}
		}
		if !json.Valid(merge(stored, after, before)) {
			t.Fatal("the way back is not JSON")
		}
	})
}
