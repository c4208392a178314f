package pgtest_test

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/internal/pgtest"
)

// childVariable makes the test binary start a server, print its address and
// wait to be killed.
const childVariable = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

func child() {
	tb := &printing{}
	fmt.Println(pgtest.Start(tb).Addr())
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// printing is the testing.TB of a process that runs no test.
type printing struct{ testing.TB }

func (*printing) Helper()                           {}
func (*printing) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
