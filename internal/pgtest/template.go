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
	data     string // the data directory
	password string // the superuser's, until a server gets one of its own
	sweeper  *os.File
}

// theTemplate finds or makes the template at its first call.
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
	t := &template{bin: bin, base: base}
	if err := giveAway(base); err != nil {
		return nil, err
	}
	if t.sweeper, err = sweepAtExit(base); err != nil {
		return nil, err
	}
	kept := keptDir(bin)
	if t.useKept(kept) {
		return t, nil
	}
	if err := t.initdb(); err != nil {
		return nil, err
	}
	if kept != "" {
		_ = t.keep(kept) // the next process runs initdb again
	}
	return t, nil
}

// initArgs are the arguments of initdb that shape the data directory.
var initArgs = []string{"-U", superuser, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C",
	"--wal-segsize", "1", "--no-sync", "--no-instructions"}

// initdb makes the template in the directory of this process.
func (t *template) initdb() error {
	t.data, t.password = filepath.Join(t.base, "template"), "pw-"+rand.Text()
	secret := filepath.Join(t.base, "password")
	if err := os.WriteFile(secret, []byte(t.password), 0o600); err != nil {
		return err
	}
	if err := giveAway(secret); err != nil {
		return err
	}
	return t.command(filepath.Join(t.bin, "initdb"), append([]string{"-D", t.data, "--pwfile", secret}, initArgs...)...)
}

// useKept takes the template in dir, and reports whether there is one.
func (t *template) useKept(dir string) bool {
	password, err := os.ReadFile(filepath.Join(dir, "password"))
	if err != nil {
		return false
	}
	t.data, t.password = filepath.Join(dir, "data"), string(password)
	return true
}

// keep copies the template into dir. The directory gets its name when it is complete
// and on the disk, so that neither another process nor a power failure finds half of
// it. When several processes come at once, the first one succeeds.
func (t *template) keep(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(dir), "part")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	data := filepath.Join(part, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := copyDir(t.data, data); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(part, "password"), []byte(t.password), 0o600); err != nil {
		return err
	}
	flush()
	return os.Rename(part, dir)
}

// copy returns the path of a fresh copy of the template.
func (t *template) copy() (string, error) {
	dir, err := os.MkdirTemp(t.base, "server")
	if err != nil {
		return "", err
	}
	if err := copyDir(t.data, dir); err != nil {
		return "", err
	}
	return dir, giveAwayAll(dir)
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
