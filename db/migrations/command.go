package migrations

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/keryx-go/keryx/db"
	"github.com/keryx-go/keryx/internal/console"
)

var errNoFiles = errors.New("this app has no migrations")

func up(ctx context.Context, m *db.Migrator, w io.Writer) error {
	applied, err := m.Up(ctx)
	report(w, "applied", applied...)
	if len(applied) == 0 && err == nil {
		fmt.Fprintln(w, "nothing to apply")
	}
	return err
}

func down(ctx context.Context, m *db.Migrator, w io.Writer) error {
	reverted, err := m.Down(ctx)
	switch {
	case err != nil:
		return err
	case reverted == "":
		fmt.Fprintln(w, "nothing to revert")
	default:
		report(w, "reverted", reverted)
	}
	return nil
}

// report prints a line for each name.
func report(w io.Writer, done string, names ...string) {
	for _, name := range names {
		fmt.Fprintln(w, done, name)
	}
}

func status(ctx context.Context, m *db.Migrator, w io.Writer) error {
	migrations, err := m.Status(ctx)
	if err != nil {
		return err
	}
	t := console.Table{{"MIGRATION", "APPLIED"}}
	for _, one := range migrations {
		name, applied := one.Name, "pending"
		if one.Applied() {
			applied = one.AppliedAt.UTC().Format(time.RFC3339)
		}
		if one.Missing {
			name += " (not in this program)"
		}
		t = append(t, []string{name, applied})
	}
	return t.Write(w)
}
