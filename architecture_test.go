package keryx_test

import (
	"bufio"
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"

	"github.com/keryx-go/keryx/internal/slow"
)

// maxPath is the number of files that the path of a request must stay below.
const maxPath = 20

// TestPathOfARequest finds the files that run for each request, by the coverage of a
// program that has answered many, and holds the page against them.
func TestPathOfARequest(t *testing.T) {
	slow.Skip(t, "it builds a program")
	const requests = 50
	boot, served := coverage(t, 0), coverage(t, requests)
	var path []string
	for file, blocks := range served {
		for block, count := range blocks {
			if count-boot[file][block] >= requests {
				path = append(path, file)
				break
			}
		}
	}
	slices.Sort(path)
	page, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z/]+\\.go)` \\|").FindAllSubmatch(page, -1) {
		listed = append(listed, string(row[1]))
	}
	slices.Sort(listed)
	if !slices.Equal(path, listed) {
		t.Errorf("the path of a request is\n%s\nand docs/architecture.md has\n%s", strings.Join(path, "\n"), strings.Join(listed, "\n"))
	}
	if len(path) >= maxPath {
		t.Errorf("the path of a request is read in %d files; fewer than %d are wanted", len(path), maxPath)
	}
}

// coverage runs a program that answers requests, and returns how often each block of
// each of our files was run.
func coverage(t *testing.T, requests int) map[string]map[string]int {
	t.Helper()
	dir := t.TempDir()
	program, data, text := filepath.Join(dir, "program"), filepath.Join(dir, "data"), filepath.Join(dir, "text")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	goTool(t, "build", "-cover", "-covermode=atomic", "-coverpkg=./...", "-o", program, "./internal/smallest")
	p := exec.Command(program, "start")
	p.Dir = dir // without our .env
	redis := "redis://" + miniredis.RunT(t).Addr()
	p.Env = append(os.Environ(), "GOCOVERDIR="+data, "REDIS_URL="+redis, "WEB_SERVER_HOST=127.0.0.1", "WEB_SERVER_PORT=0", "API_DOCS_ENABLED=false", "LOG_FORMAT=json", "LOG_COLORIZE=false")
	logs, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	url := ""
	lines := bufio.NewScanner(logs)
	for url == "" && lines.Scan() {
		if found := regexp.MustCompile(`is listening.*"url":"(http://[^"]+)"`).FindStringSubmatch(lines.Text()); found != nil {
			url = found[1]
		}
	}
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for lines.Scan() {
		}
	}()
	for range requests {
		response, err := http.Get(url + "/api/hello/Ada")
		if err != nil {
			t.Fatal(err)
		}
		if _ = response.Body.Close(); response.StatusCode != http.StatusOK {
			t.Fatalf("status %d", response.StatusCode)
		}
	}
	http.DefaultClient.CloseIdleConnections()
	_ = p.Process.Signal(os.Interrupt)
	<-drained
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
	goTool(t, "tool", "covdata", "textfmt", "-i="+data, "-o="+text)
	return readProfile(t, text)
}

func readProfile(t *testing.T, name string) map[string]map[string]int {
	t.Helper()
	profile, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]map[string]int{}
	for line := range bytes.Lines(profile) {
		at, rest, found := strings.Cut(strings.TrimSpace(string(line)), ":")
		file, ours := strings.CutPrefix(at, "github.com/keryx-go/keryx/")
		fields := strings.Fields(rest)
		if !found || !ours || len(fields) != 3 || strings.HasPrefix(file, "internal/smallest/") {
			continue
		}
		if strings.HasPrefix(file, "internal/logging/") { // how a line looks is no part of the way
			continue
		}
		n, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatal(err)
		}
		if counts[file] == nil {
			counts[file] = map[string]int{}
		}
		counts[file][fields[0]] += n
	}
	return counts
}

func goTool(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
