package pgtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// keptDir returns the directory in the user's cache where processes find the template
// of an earlier one, or "" when there is no such cache. Its name stands for what the
// template depends on.
func keptDir(bin string) string {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	version, err := exec.Command(filepath.Join(bin, "postgres"), "--version").Output()
	if err != nil {
		return ""
	}
	key := sha256.Sum256([]byte(string(version) + strings.Join(initArgs, " ")))
	return filepath.Join(cache, "keryx", "pgtest-"+hex.EncodeToString(key[:8]))
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

// copyDir copies what is in a directory into another.
func copyDir(from, to string) error {
	if out, err := exec.Command("cp", "-R", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
}
