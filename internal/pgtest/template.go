package pgtest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
)

// superuser is the role in the URLs.
const superuser = "keryx"

// template is a data directory made by initdb, on which no server ever ran. Each server
// runs on a copy, which costs a tenth of another initdb.
type template struct {
	bin      string // where the Postgres binaries are
	base     string // the directory of all files of this process
	password string // the superuser's
	sweeper  *os.File
}

// theTemplate makes the template at its first call.
var theTemplate = sync.OnceValues(newTemplate)

func newTemplate() (*template, error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, err
	}
	base, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	t := &template{bin: bin, base: base, password: "pw-" + rand.Text()}
	if err := giveAway(base); err != nil {
		return nil, err
	}
	if t.sweeper, err = sweepAtExit(base); err != nil {
		return nil, err
	}
	secret := filepath.Join(base, "password")
	if err := os.WriteFile(secret, []byte(t.password), 0o600); err != nil {
		return nil, err
	}
	if err := giveAway(secret); err != nil {
		return nil, err
	}
	return t, t.command(filepath.Join(bin, "initdb"), "-D", t.data(), "-U", superuser,
		"--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
		"--no-sync", "--no-instructions")
}

func (t *template) data() string { return filepath.Join(t.base, "template") }

// copy returns the path of a fresh copy of the template.
func (t *template) copy() (string, error) {
	dir, err := os.MkdirTemp(t.base, "server")
	if err != nil {
		return "", err
	}
	if err := giveAway(dir); err != nil {
		return "", err
	}
	return dir, t.command("cp", "-R", t.data()+"/.", dir)
}

// command runs a program as the user that servers run as.
func (t *template) command(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Dir = t.base
	attr, err := unprivileged()
	if err != nil {
		return err
	}
	cmd.SysProcAttr = attr
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out)
	}
	return nil
}

// findBinaries returns the directory of initdb and postgres: from the PATH, or the
// newest version that Debian's packages installed.
func findBinaries() (string, error) {
	if !supported {
		return "", errors.ErrUnsupported
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil && hasServer(filepath.Dir(path)) {
			return filepath.Dir(path), nil
		}
	}
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Sort(dirs)
	for _, dir := range slices.Backward(dirs) {
		if hasServer(dir) {
			return dir, nil
		}
	}
	return "", errors.New("initdb and postgres were not found")
}

func hasServer(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(dir, name)); err != nil {
			return false
		}
	}
	return true
}
