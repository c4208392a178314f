package cachecmd_test

import (
	"testing"

	"go.uber.org/goleak"

	_ "github.com/keryx-go/keryx/db/postgres"
	_ "github.com/keryx-go/keryx/redis/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
