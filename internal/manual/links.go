package manual

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	fenced  = regexp.MustCompile("(?ms)^```.*?^```")
	inline  = regexp.MustCompile("`[^`\n]*`")
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Links returns an error for each link of a page to a file of the repository, or to a
// heading in one, that is not there. Links to other hosts are not followed.
func Links(path string) (err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	prose := inline.ReplaceAllString(fenced.ReplaceAllString(string(text), ""), "")
	for _, l := range link.FindAllStringSubmatch(prose, -1) {
		if strings.Contains(l[1], "://") {
			continue
		}
		file, anchor, _ := strings.Cut(l[1], "#")
		target := path
		if file != "" {
			target = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
		}
		if _, e := os.Stat(target); e != nil {
			err = errors.Join(err, fmt.Errorf("%s: the link to %s leads nowhere", path, l[1]))
		} else if anchor != "" && !anchors(target)[anchor] {
			err = errors.Join(err, fmt.Errorf("%s: the link to %s: there is no such heading", path, l[1]))
		}
	}
	return err
}

// anchors returns the anchors that GitHub makes of the headings of a page.
func anchors(path string) map[string]bool {
	text, _ := os.ReadFile(path) // that of Links has found it
	all := map[string]bool{}
	for _, h := range heading.FindAllStringSubmatch(fenced.ReplaceAllString(string(text), ""), -1) {
		all[strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(h[1]), ""), " ", "-")] = true
	}
	return all
}
