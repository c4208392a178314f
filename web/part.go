package web

import "github.com/keryx-go/keryx/part"

var _ part.Server = (*Server)(nil)

// Name returns "web": the server is a part of its app.
func (s *Server) Name() string { return "web" }

// DependsOn returns the parts that serve requests.
func (s *Server) DependsOn() []string { return []string{"actions", "channels"} }

// Serves returns true.
func (s *Server) Serves() bool { return true }
