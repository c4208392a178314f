package main

import (
	"embed"
	"io/fs"
	"path"
	"strings"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/config"
)

//go:embed migrations
var migrationFiles embed.FS

// migrations returns the SQL files for the database that the settings name, and
// where new ones belong. The two databases have different words for a column that
// counts by itself.
func migrations(o keryx.Options) (files fs.FS, dir string) {
	settings, _ := keryx.LoadConfig(config.Options{ // an error is reported at boot, by the app's own reading
		Environ: o.Environ, DotEnv: o.DotEnv, Defaults: o.Defaults,
	})
	dialect := "postgres"
	if strings.HasPrefix(settings.Database.ConnectionString, "sqlite:") {
		dialect = "sqlite"
	}
	files, _ = fs.Sub(migrationFiles, path.Join("migrations", dialect)) // a valid path: it cannot fail
	return files, path.Join("examples/chat/migrations", dialect)
}
