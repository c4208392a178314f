package cachecmd_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/internal/redistest"
)

// terminal is a pseudo-terminal with a user, which reads the output and types.
type terminal struct {
	t      *testing.T
	person *os.File // the side of the person
	file   *os.File // the streams of a program

	mu      sync.Mutex
	seen    strings.Builder
	changed chan struct{} // has room for one
	ended   chan struct{}
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("there are no terminals here: %v", err)
	}
	var number, unlocked int32
	for request, argument := range map[uintptr]*int32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlocked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(argument))); errno != 0 {
			t.Fatal(errno)
		}
	}
	file, err := os.OpenFile(fmt.Sprint("/dev/pts/", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	term := &terminal{t: t, person: person, file: file, changed: make(chan struct{}, 1), ended: make(chan struct{})}
	go term.watch()
	t.Cleanup(term.close)
	return term
}

func (term *terminal) watch() {
	defer close(term.ended)
	chunk := make([]byte, 4096)
	for {
		n, err := term.person.Read(chunk)
		term.mu.Lock()
		term.seen.Write(chunk[:n])
		term.mu.Unlock()
		select {
		case term.changed <- struct{}{}:
		default:
		}
		if err != nil { // the program's side is closed
			return
		}
	}
}

func (term *terminal) close() {
	_ = term.file.Close()
	<-term.ended
	_ = term.person.Close()
}

// screen is everything that was written, with the line ends of files.
func (term *terminal) screen() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return strings.ReplaceAll(term.seen.String(), "\r\n", "\n")
}

// waitFor waits until a text was written.
func (term *terminal) waitFor(text string) {
	term.t.Helper()
	term.waitForMatch(regexp.QuoteMeta(text))
}

func (term *terminal) waitForMatch(pattern string) {
	term.t.Helper()
	late := time.After(20 * time.Second)
	for text := regexp.MustCompile(pattern); !text.MatchString(term.screen()); {
		select {
		case <-term.changed:
		case <-late:
			term.t.Fatalf("no %q in:\n%s", pattern, term.screen())
		}
	}
}

func (term *terminal) types(text string) {
	term.t.Helper()
	if _, err := term.person.WriteString(text); err != nil {
		term.t.Fatal(err)
	}
}

// begin runs a command line of the app in front of the terminal.
func (term *terminal) begin(ctx context.Context, url string, args ...string) <-chan int {
	o := cacheOptions(url)
	o.Stdin, o.Stdout, o.Stderr = term.file, term.file, term.file
	code := make(chan int, 1)
	go func() { code <- keryx.New(o).Run(ctx, append([]string{"cache"}, args...)) }()
	return code
}

func TestCacheForgetAsks(t *testing.T) {
	for answer, yes := range map[string]bool{
		"y\n": true, "YES\n": true, " yes \n": true,
		"\n": false, "n\n": false, "yess\n": false, "\x04": false, // Ctrl-D
	} {
		t.Run(fmt.Sprintf("%q", answer), func(t *testing.T) {
			server, term := redistest.Start(t), newTerminal(t)
			fillKeys(t, server.Client(), "k:", 3)
			code := term.begin(t.Context(), server.URL(), "forget", "--pattern", "k:*")
			term.waitFor("Remove 3 keys? [y/N] ")
			term.types(answer)
			exit, n := <-code, left(t, server.Client(), "k:*")
			if yes {
				term.waitFor("removed 3 keys\n")
			} else {
				term.waitFor("nothing was removed\n")
			}
			if yes != (exit == 0) || yes != (n == 0) {
				t.Errorf("exit status %d, %d keys left", exit, n)
			}
		})
	}
}

func TestCacheForgetIsInterruptedWhileItAsks(t *testing.T) {
	server, term := redistest.Start(t), newTerminal(t)
	fillKeys(t, server.Client(), "k:", 3)
	ctx, interrupt := context.WithCancel(t.Context())
	code := term.begin(ctx, server.URL(), "forget", "--pattern", "k:*")
	term.waitFor("[y/N] ")
	interrupt()
	if exit := <-code; exit != 1 {
		t.Errorf("exit status %d", exit)
	}
	term.waitFor("[y/N] \ninterrupted: nothing was removed\n")
	if n := left(t, server.Client(), "k:*"); n != 3 {
		t.Errorf("%d keys are left", n)
	}
	term.types("y\n") // to no process: it would be gone
}

func TestCacheForgetIsInterruptedMidway(t *testing.T) {
	server, term := redistest.Start(t), newTerminal(t)
	const keys = 100_000
	fillKeys(t, server.Client(), "k:", keys)
	ctx, interrupt := context.WithCancel(t.Context())
	code := term.begin(ctx, server.URL(), "forget", "--pattern", "k:*", "--yes")
	term.waitForMatch(`[1-9]\d* of 100000 keys removed\x1b`)
	interrupt()
	if exit := <-code; exit != 1 {
		t.Errorf("exit status %d", exit)
	}
	term.waitFor("interrupted: ")
	term.waitFor("of 100000 keys removed\n")
	var removed int64
	_, last, _ := strings.Cut(term.screen(), "interrupted: ")
	if _, err := fmt.Sscanf(last, "at least %d of 100000 keys removed", &removed); err != nil {
		t.Fatal(err)
	}
	const underWay = 2000 // keys whose removal was asked for when the command was interrupted, at most: a SCAN may return more than a thousand
	if n := left(t, server.Client(), "k:*"); removed == 0 || n == 0 || n+removed > keys || n+removed < keys-underWay {
		t.Errorf("%d removed by its account, %d left", removed, n)
	}
}

func TestCacheForgetDrawsABar(t *testing.T) {
	server, term := redistest.Start(t), newTerminal(t)
	fillKeys(t, server.Client(), "k:", 30_000)
	if exit := <-term.begin(t.Context(), server.URL(), "forget", "--pattern", "k:*", "-y"); exit != 0 {
		t.Errorf("exit status %d", exit)
	}
	term.waitFor("\r\x1b[Kremoved 30000 keys\n")
	for _, want := range []string{"\r[........................]   0%  0 keys found\x1b[K", " of 30000 keys removed\x1b[K", "\r\x1b[K30000 keys match k:*"} {
		if !strings.Contains(term.screen(), want) {
			t.Errorf("no %q in %q", want, term.screen())
		}
	}
}

func TestCacheGetIsReadableOnATerminal(t *testing.T) {
	server, term := redistest.Start(t), newTerminal(t)
	for key, value := range map[string]string{
		"json": `{"id":9007199254740993,"name":"Ada"}`, "text": "plain text", "beep": "\a\x1b[2J", "broken": `{"id":`,
	} {
		server.Client().Set(t.Context(), key, value, 0)
	}
	server.Client().SAdd(t.Context(), "set", "b", "a\x1b[2J")
	for key, want := range map[string]string{
		"json": "{\n  \"id\": 9007199254740993,\n  \"name\": \"Ada\"\n}\n", "text": "plain text\n",
		"beep": `"\a\x1b[2J"` + "\n", "broken": `{"id":` + "\n", "set": "[\n  \"a\\u001b[2J\",\n  \"b\"\n]\n",
	} {
		if exit := <-term.begin(t.Context(), server.URL(), "get", key); exit != 0 {
			t.Errorf("%s: exit status %d", key, exit)
		}
		term.waitFor(want)
	}
	if strings.Contains(term.screen(), "\x1b[2J") {
		t.Errorf("a value has cleared the screen: %q", term.screen())
	}
}
