package db_test

import (
	"testing"

	"github.com/keryx-go/keryx/db"
)

func TestRedact(t *testing.T) {
	for url, want := range map[string]string{
		"":                                       "",
		"postgres://app:secret@host:5432/name":   "postgres://app@host:5432/name",
		"postgres://app@host/name":               "postgres://app@host/name",
		"POSTGRES://app:s@host":                  "postgres://app@host",
		"postgres://:secret@host/name":           "postgres://host/name",
		"postgres://host/name?password=secret":   "postgres://host/name",
		"postgres://a:b@h1:1,h2:2/n?sslmode=any": "postgres://a@h1:1,h2:2/n",
		"postgresql:///name?host=/run":           "postgresql:///name",
		"postgres://app:p%40ss@host/name":        "postgres://app@host/name",
		"postgres://app:p@ss@host/name":          "postgres://***",
		"postgres://app:p/ss@host/name":          "postgres://***",
		"postgres://app:1/2@host/name":           "postgres://***",
		"postgres://app:1?2@host/name":           "postgres://***",
		"postgres://app:1#2@host/name":           "postgres://***",
		"postgres://app:1%2@host/name":           "postgres://***",
		"postgres://app:se\ncret@host/name":      "***",
		"mine://app:p@ss@host":                   "***",
		"mine://app:pass@host":                   "mine://app@host",
		"app:secret@host/name":                   "***",
		"host=h password=secret":                 "***",
		"password secret://host":                 "***",
		"sqlite://:memory:":                      "sqlite://:memory:",
		"sqlite:///a@b:c/app.db?_pragma=x":       "sqlite:///a@b:c/app.db",
	} {
		if got := db.Redact(url); got != want {
			t.Errorf("Redact(%q) is %q, want %q", url, got, want)
		}
	}
}
