package keryx

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"runtime/debug"
	"slices"

	"github.com/keryx-go/keryx/auth"
)

// Options describe an app. The zero value is a working one.
type Options struct {
	// Name is the app's name in help and logs, and the default of PROCESS_NAME, which
	// clients see as X-SERVER-NAME. Default: "keryx", without a default for
	// PROCESS_NAME.
	Name string
	// Version is shown by --version. Default: the version that the Go tool
	// has put into the binary, or "(devel)".
	Version string
	// Description is one line for --help.
	Description string
	// Defaults are settings by their variables, such as REDIS_URL, for where
	// neither the environment nor .env has them.
	Defaults map[string]string
	// Migrations are SQL files, in any folder; those below a folder named postgres or
	// sqlite are for that database alone: see db.Migrator. They are applied at boot
	// unless DATABASE_AUTO_MIGRATE is false. Nil means none.
	Migrations fs.FS
	// MigrationsDir is where `migrate new` writes: into its folders postgres and
	// sqlite, where there are any. Default: "migrations".
	MigrationsDir string
	// Static are the files served below WEB_SERVER_STATIC_ROUTE. Nil means
	// those in WEB_SERVER_STATIC_DIRECTORY.
	Static fs.FS
	// StaticDir is the folder of Static with those files, such as "assets" for
	// //go:embed assets. Default: all of Static. A folder that is not there panics.
	StaticDir string
	// Environ is the environment, as "NAME=value". Nil means the process's.
	Environ []string
	// DotEnv is the file read for what the environment does not have. Default:
	// ".env"; "-" means none. A file that is not there is fine.
	DotEnv string
	// Authenticators prove who is calling by something other than a session, such as
	// a token: see package auth. They are tried in their order, after the session. None
	// is asked before the app has started: one that needs its database is a method of
	// what will have the *API that New returns.
	Authenticators []auth.Authenticator
	// ErrorStatuses are the HTTP statuses of errors by type, in place of those that
	// WEB_SERVER_ERROR_STATUSES chooses. [RESTStatuses] returns those of most HTTP
	// APIs. Nil changes nothing.
	ErrorStatuses Statuses
	// CLIIdentity returns the identity that the value of --as on the command line stands
	// for, such as that of the user with an e-mail address, with its roles. Nil, and an
	// identity without a Subject, mean that there is no such user. ctx is that of the
	// action, in an app that has started. Default: the value is the Subject, with all
	// scopes.
	CLIIdentity func(ctx context.Context, as string) (*auth.Identity, error)
	// Logger replaces the one that the LOG_* settings describe.
	Logger *slog.Logger
	// Stdin, Stdout and Stderr are those of the command line; logs go to
	// Stderr. Default: the process's.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

func (o Options) withDefaults() Options {
	if o.Name == "" {
		o.Name = "keryx"
	} else if o.Defaults["PROCESS_NAME"] == "" {
		o.Defaults = maps.Clone(o.Defaults)
		if o.Defaults == nil {
			o.Defaults = map[string]string{}
		}
		o.Defaults["PROCESS_NAME"] = o.Name
	}
	if o.Version == "" {
		o.Version = buildVersion()
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Stdout == nil {
		o.Stdout = os.Stdout
	}
	if o.Stderr == nil {
		o.Stderr = os.Stderr
	}
	return o
}

// buildVersion is the version of the main module, or "(devel)".
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	revision := slices.IndexFunc(info.Settings, func(s debug.BuildSetting) bool { return s.Key == "vcs.revision" })
	if info.Main.Version == "(devel)" && revision >= 0 {
		return "(devel) " + info.Settings[revision].Value
	}
	return info.Main.Version
}

// static returns the files of StaticDir.
func (o Options) static() fs.FS {
	if o.StaticDir == "" {
		return o.Static
	}
	if o.Static == nil {
		panic("keryx: Options.StaticDir is set, and Static is not; WEB_SERVER_STATIC_DIRECTORY names a directory of the disk")
	}
	files, err := fs.Sub(o.Static, o.StaticDir)
	if err == nil {
		_, err = fs.ReadDir(files, ".")
	}
	if err != nil {
		panic(fmt.Sprintf("keryx: Options.StaticDir %q: %v", o.StaticDir, err))
	}
	return files
}
