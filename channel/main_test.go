package channel_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/keryx-go/keryx/channel"
	"github.com/keryx-go/keryx/config"
)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
		return
	}
	goleak.VerifyTestMain(m)
}

// defaults are the settings of a hub whose options have none.
var defaults = config.Default[channel.Settings]()
