// The server and the command line of my-app. "go run . --help" lists the commands.
package main

import (
	"github.com/keryx-go/keryx"

	"github.com/keryx-go/keryx/cmd/keryx/internal/scaffold/plain/internal/app"
)

func main() { keryx.Main(app.New(keryx.Options{})) }
