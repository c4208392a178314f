package generate

import (
	"strings"
	"testing"
)

func TestAddCall(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{
			"empty, and one import",
			"package app\n\nimport \"github.com/keryx-go/keryx\"\n\nfunc register(a *keryx.API) {}\n",
			"package app\n\nimport (\n\t\"github.com/keryx-go/keryx\"\n\n\t\"example.com/shop/internal/posts\"\n)\n\nfunc register(a *keryx.API) {\n\tposts.Register(a)\n}\n",
		},
		{
			"comments stay",
			"package app\n\nimport (\n\t\"github.com/keryx-go/keryx\" // the framework\n)\n\nfunc register(api *keryx.API) {\n\tone(api) // first\n\t// the end\n}\n\n// after\n",
			"package app\n\nimport (\n\t\"github.com/keryx-go/keryx\" // the framework\n\n\t\"example.com/shop/internal/posts\"\n)\n\nfunc register(api *keryx.API) {\n\tone(api) // first\n\t// the end\n\tposts.Register(api)\n}\n\n// after\n",
		},
		{
			"beside its like",
			"package app\n\nimport (\n\t\"github.com/keryx-go/keryx\"\n\n\t\"example.com/shop/internal/users\"\n)\n\nfunc register(api *keryx.API) { users.Register(api) }\n",
			"package app\n\nimport (\n\t\"github.com/keryx-go/keryx\"\n\n\t\"example.com/shop/internal/posts\"\n\t\"example.com/shop/internal/users\"\n)\n\nfunc register(api *keryx.API) {\n\tusers.Register(api)\n\tposts.Register(api)\n}\n",
		},
	} {
		s, err := parse("register.go", []byte(test.before))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time changes nothing
			if s, err = s.addCall("register", "posts.Register(%[1]s)", "example.com/shop/internal/posts"); err != nil {
				t.Fatal(err)
			}
			if string(s.text) != test.after {
				t.Errorf("%s:\n%s\nwant\n%s", test.name, s.text, test.after)
			}
		}
	}
	for _, text := range []string{
		"package app\n", "package app\n\nfunc register() {}\n", "package app\n\nfunc register(a, b *keryx.API) {}\n", "package app\n\nfunc register(n *int) {}\n",
	} {
		s, err := parse("register.go", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.addCall("register", "posts.Register(%[1]s)", ""); err == nil || !strings.Contains(err.Error(), "posts.Register(api)") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNames(t *testing.T) {
	for typed, want := range map[string][4]string{
		"publishedAt": {"PublishedAt", "publishedAt", "publishedAt", "published at"},
		"owner_id":    {"OwnerID", "ownerID", "ownerId", "owner id"},
		"send-mail":   {"SendMail", "sendMail", "sendMail", "send mail"},
		"url":         {"URL", "url", "url", "url"},
	} {
		w := words(typed)
		if got := [4]string{exported(w), unexported(w), camel(w), strings.Join(w, " ")}; got != want {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
	for word, want := range map[string]string{"post": "posts", "entry": "entries", "day": "days", "box": "boxes", "address": "addresses", "person": "people"} {
		if got := plural(word); got != want {
			t.Errorf("%s: %s", word, got)
		}
	}
}
