package db_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun/schema"

	"github.com/keryx-go/keryx/db"
)

// leaky is a driver whose errors say too much.
type leaky struct{ err func(url string) error }

func (l leaky) Open(url string) (*sql.DB, schema.Dialect, error) { return nil, nil, l.err(url) }

var errInner = errors.New("inner")

func init() {
	db.Register("leaky", leaky{func(url string) error {
		return fmt.Errorf("can not open %s:\n  bad login.\n  bad login. (%w)", url, errInner)
	}})
	db.Register("tight", leaky{func(url string) error {
		return fmt.Errorf("can not open: password=%s, %w", strings.Split(strings.Split(url, "@")[0], ":")[2], errInner)
	}})
}

func TestDriversErrorsAreScrubbed(t *testing.T) {
	for url, want := range map[string]string{
		"leaky://u:p%40ssword@h/n?password=oth%2Ber": "(leaky://u:***@h/n?password=***): can not open leaky://u:***@h/n?password=***: bad login; bad login. (inner); set",
		"tight://u:secret@h/n":                       "(tight://u:***@h/n): can not open: password=***, inner; set",
		"tight://u:%41bcd@h/n":                       "(tight://u:***@h/n): can not open: password=***, inner; set",
		"tight://u:ti@h/n":                           "(tight://u:***@h/n): the reason is not shown, since the password is in it; set",
		"tight://same:same@h/n":                      "(tight://same:***@h/n): can not open: password=same, inner; set",
	} {
		_, err := db.Open(t.Context(), url, db.Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", url, err)
		}
		if hidden := !strings.Contains(url, "same"); errors.Is(err, errInner) == hidden {
			t.Errorf("%s: the cause can be unwrapped: %v", url, !hidden)
		}
	}
}

func TestRegisterPanics(t *testing.T) {
	for name, register := range map[string]func(){
		"twice": func() { db.Register("sqlite", leaky{}) },
		"nil":   func() { db.Register("new", nil) },
	} {
		func() {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.HasPrefix(p, "keryx: db.Register: ") {
					t.Errorf("%s: the panic is %s", name, p)
				}
			}()
			register()
		}()
	}
}
