package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// Build compiles the program of a package, stripped and without cgo, and returns the
// size of the binary in bytes. It runs in a directory of the package's module.
func Build(ctx context.Context, dir, pkg, binary string) (int64, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("go build %s in %s: %w\n%s", pkg, dir, err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
