package session

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/keryx-go/keryx/internal/slot"
)

// TestSiblingsShareASlot, whatever the slot is.
func TestSiblingsShareASlot(t *testing.T) {
	id := newID()
	crc := slot.Checksum(0, ("session:" + id))
	for want := uint16(0); want < slot.Count; want += 61 {
		found, ok := steer([]byte(id), crc, want, steering)
		steered := string(found)
		if !ok || slot.Checksum(0, "session:"+steered)%slot.Count != want || !strings.HasPrefix(steered, id) || !issued(steered) {
			t.Fatalf("slot %d: %q, %v", want, steered, ok)
		}
	}
	seen := map[string]bool{}
	for range 100 {
		old := id
		id = sibling("shop:session:", old)
		if slot.Of("shop:session:"+id) != slot.Of("shop:session:"+old) || seen[id] || id[:20] == old[:20] || len(id) != len(newID())+steering {
			t.Fatalf("%q after %q", id, old)
		}
		seen[id] = true
	}
}

func TestCookieFlags(t *testing.T) {
	for want, c := range map[string]CookieSettings{
		"; Path=/; HttpOnly; SameSite=Strict":         {HTTPOnly: true, SameSite: "Strict"},
		"; Path=/; HttpOnly; SameSite=Strict; Secure": {HTTPOnly: true, SameSite: "strict", Secure: true},
		"; Path=/; SameSite=Lax":                      {SameSite: "lax"},
		"; Path=/; SameSite=None; Secure":             {SameSite: "NONE", Secure: true},
		"; Path=/; SameSite=Strict":                   {SameSite: "nonsense"},
	} {
		if got := newCookie(Settings{Cookie: c}).flags; got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// FuzzCookies: for any request, the result is empty, or an id that the request
// contains.
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
		if err != nil || !sameJSON(back.record.Data, s.record.Data) {
			t.Fatalf("%s came back as %+v, %v", raw, back, err)
		}
	})
}

// FuzzMerge: the difference between two values is in the merged one, and what is
// not in the difference is as it was stored.
func FuzzMerge(f *testing.F) {
	for _, v := range [][3]string{
		{`{}`, `{}`, `{"a":1}`},
		{`{"x":1.0,"a":1}`, `{"a":1}`, `{"a":2}`},
		{`{"x":{"y":[]},"a":1}`, `{"a":1,"x":{}}`, `{"x":{"z":1}}`},
		{`{"a":1,"a":2}`, `{"a":2}`, `{}`},
		{`{"A":1}`, `{"a":1}`, `{"a":3}`},
		{`{"userId":1,"userid":2}`, `{"userId":2}`, `{"userId":3}`},
		{`{"a":1,"A":2}`, `{"a":2}`, `{"a":3}`},
		{`{"A":1}`, `{"A":1}`, `{"A":1,"a":2}`},
		{`{"\u0061":1,"b":{}}`, `{"a":1}`, `{"a":[]}`},
		{`{"big":12345678901234567890123,"a":0}`, `{"a":0}`, `{"a":1e400}`},
	} {
		f.Add([]byte(v[0]), []byte(v[1]), []byte(v[2]))
	}
	f.Fuzz(func(t *testing.T, stored, before, after []byte) {
		var was, old, want object
		for text, o := range map[*[]byte]*object{&stored: &was, &before: &old, &after: &want} {
			if !isObject(*text) || json.Unmarshal(*text, o) != nil || len(*o) > 50 {
				return
			}
		}
		text, err := merge(stored, before, after)
		var got object
		if err != nil || json.Unmarshal(text, &got) != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for name, value := range want {
			if isObject(value) || bytes.Equal(old[name], value) {
				continue // it is merged itself, or not changed
			}
			if !sameJSON(got[got.fold(name, old, want)], value) {
				t.Fatalf("%s: %q is not %s", text, name, value)
			}
		}
		for name := range old {
			if _, kept := want[name]; !kept && got[got.fold(name, old, want)] != nil {
				t.Fatalf("%s: %q was taken out", text, name)
			}
		}
		for name, value := range was {
			unknown := true
			for field := range mergeKeys(old, want) {
				unknown = unknown && !strings.EqualFold(name, field)
			}
			if unknown && !sameJSON(got[name], value) {
				t.Fatalf("%s has lost %q: %s", text, name, value)
			}
		}
	})
}

// mergeKeys returns the members of both.
func mergeKeys(a, b object) object {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// sameJSON reports whether two JSON texts differ in no more than spaces and the
// way that characters of a string are written. Numbers are compared by their
// digits.
func sameJSON(a, b []byte) bool {
	if (a == nil) != (b == nil) {
		return false
	}
	one, errOne := json.Marshal(json.RawMessage(a))
	two, errTwo := json.Marshal(json.RawMessage(b))
	return errOne == nil && errTwo == nil && bytes.Equal(one, two)
}
