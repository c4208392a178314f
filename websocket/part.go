package websocket

import "github.com/keryx-go/keryx/part"

var _ part.Server = (*Server)(nil)

// Name returns "websocket": the server is a part of its app.
func (s *Server) Name() string { return "websocket" }

// DependsOn returns the part that finds the requests for a WebSocket.
func (s *Server) DependsOn() []string { return []string{"web"} }

// Serves returns true.
func (s *Server) Serves() bool { return true }
