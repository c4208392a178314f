// Package conformance holds one table of actions and inputs, good and bad, and
// runs it over every transport: HTTP (a JSON body, a query, a form), a WebSocket
// and the command line. What an action says must not depend on its transport.
//
// The rows are in rows_*_test.go, the actions that they call in app_test.go, the
// transports in transport_*_test.go.
package conformance
