package dev

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestWatcher changes files one after the other. The last one of each step is one that
// counts, so that there is something to wait for.
func TestWatcher(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"migrations", "node_modules/x", ".git", "other", "assets"} {
		if err := os.MkdirAll(name, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, "go.mod", "module example.com/small\n")
	write(t, "other/go.mod", "module example.com/other\n")
	write(t, "migrations/1_users.up.sql", "")
	w, err := newWatcher(".", []string{"*.graphql"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changes := make(chan change)
	var watching sync.WaitGroup
	watching.Go(func() { w.run(ctx, changes) })
	defer watching.Wait()
	defer cancel()

	for _, step := range []struct {
		files    []string // those that do not count, and one that does
		goOnly   bool
		migrated bool
	}{
		{files: []string{"main_test.go", "app.db", "app.log", ".main.go.swp", "main.go~", "4913", ".#main.go", "main.go"}, goOnly: true},
		{files: []string{"node_modules/x/index.js", ".git/config.json", "other/other.go", ".env"}},
		{files: []string{"photo.png", "schema.graphql"}},
		{files: []string{"assets/main.css"}},
		{files: []string{"migrations/2_rooms.up.sql"}},
		{files: []string{"migrations/2_rooms.up.sql"}, migrated: true},
		{files: []string{"migrations/1_users.up.sql"}, migrated: true},
		{files: []string{"new/deep/new.go"}, goOnly: true},
		{files: []string{"new/deep/new.go"}, goOnly: true},
		{files: []string{"go.mod"}},
	} {
		for _, name := range step.files {
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, name, time.Now().String())
		}
		want := filepath.Join(dir, step.files[len(step.files)-1])
		select {
		case c := <-changes:
			if !slices.Equal(c.names, []string{want}) || c.goOnly != step.goOnly || c.migrated != step.migrated {
				t.Errorf("%v: %+v", step, c)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%v was not seen", step)
		}
	}
}

func TestChangesTogether(t *testing.T) {
	c := change{names: []string{"a.go"}, goOnly: true}.and(change{names: []string{"a.go", "b.sql"}, migrated: true})
	if !slices.Equal(c.names, []string{"a.go", "b.sql"}) || c.goOnly || !c.migrated {
		t.Errorf("%+v", c)
	}
	if c := (change{}).and(change{goOnly: true}); c.goOnly {
		t.Error("the first attempt starts the app, whatever changes meanwhile")
	}
}
