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

// copyDir copies what is in a directory into another.
func copyDir(from, to string) error {
	if out, err := exec.Command("cp", "-R", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("cp: %w\n%s", err, out)
	}
	return nil
}
