package scaffold

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	appName       = regexp.MustCompile(`^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$`)
	moduleElement = regexp.MustCompile(`^[A-Za-z0-9_~-][A-Za-z0-9._~-]*$`)
	notInNames    = regexp.MustCompile(`[^a-z0-9]+`)
)

// CheckName returns an error that says what is wrong with the name of an app.
func CheckName(name string) error {
	if len(name) > 40 {
		return fmt.Errorf("the name %q is too long: 40 characters are the most", name)
	}
	if appName.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%q is no name for an app: use lower-case letters, digits and -, and begin with a letter, such as %s", name, better(name))
}

// better returns a name like the one that was given.
func better(name string) string {
	name = strings.Trim(notInNames.ReplaceAllString(strings.ToLower(name), "-"), "-")
	name = strings.TrimLeft(name, "0123456789-")
	if name == "" {
		return templateName
	}
	return name
}

// CheckModule returns an error that says what is wrong with the path of a module.
func CheckModule(module string) error {
	if module == Framework || strings.HasPrefix(module, Framework+"/") {
		return fmt.Errorf("the module path %q is the framework's own; choose one such as example.com/my-app", module)
	}
	for element := range strings.SplitSeq(module, "/") {
		if !moduleElement.MatchString(element) || strings.HasSuffix(element, ".") {
			return fmt.Errorf("%q is no module path: %q in it is wrong; use letters, digits, -, . and _ between slashes, such as example.com/my-app", module, element)
		}
	}
	return nil
}
