package conformance

import (
	"testing"

	"github.com/keryx-go/keryx"
	"github.com/keryx-go/keryx/keryxtest"
)

// start runs the app, without limits that the table would run into.
func start(t *testing.T) *keryxtest.App { return startApp(t, newApp) }

func startApp(t *testing.T, newApp func(keryx.Options) *keryx.API) *keryxtest.App {
	return keryxtest.Start(t, newApp, keryxtest.Options{
		Embedded: true, NoDatabase: true, Env: map[string]string{"WS_MAX_MESSAGES_PER_SECOND": "0", "LOG_LEVEL": "fatal"},
	})
}

func transports(t *testing.T) map[string]transport {
	app := start(t)
	return map[string]transport{
		"http json":      jsonOverHTTP(app),
		"http query":     queryOverHTTP(app),
		"http form":      formOverHTTP(app),
		"http multipart": multipartOverHTTP(app),
		"websocket":      overWebSocket(t, app),
		"command line":   commandLine(),
	}
}
