package scaffold

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"
)

// devel is the version of a program that was built from a checkout.
const devel = "(devel)"

// BuildVersion returns the version of the framework that this program was built from, or
// "(devel)" for a checkout.
func BuildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return devel
	}
	return frameworkVersion(info)
}

func frameworkVersion(info *debug.BuildInfo) string {
	for _, module := range append(info.Deps, &info.Main) { // as a tool of an app, it is a dependency
		if module.Path != Framework {
			continue
		}
		if module.Replace != nil || module.Version == "" || strings.HasSuffix(module.Version, "+dirty") {
			return devel
		}
		return module.Version
	}
	return devel
}

var moduleLine = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)"?`)

// checkout returns the absolute path of a directory that has the framework in it.
func checkout(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("--replace: %w; name the directory of a checkout of %s", err, Framework)
	}
	if found := moduleLine.FindSubmatch(mod); found == nil || string(found[1]) != Framework {
		return "", fmt.Errorf("--replace: %s is not the module %s; name the directory of a checkout of it", dir, Framework)
	}
	return dir, nil
}

// source decides where an app has the framework from: a version, or a checkout.
func source(version, replace string) (string, string, error) {
	switch {
	case replace != "":
		dir, err := checkout(replace)
		return "", dir, err
	case version == devel:
		return "", "", errors.New("this keryx was built from a checkout, and has no version that an app could require; " +
			"name the checkout with --replace DIR, or use the latest version: go run " + Framework + "/cmd/keryx@latest new")
	}
	return version, "", nil
}
