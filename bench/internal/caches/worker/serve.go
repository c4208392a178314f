package worker

import (
	"io"
	"net/rpc"
)

// pipes are the two directions of a connection.
type pipes struct {
	io.ReadCloser
	io.WriteCloser
}

// Close closes both directions.
func (p pipes) Close() error {
	_ = p.WriteCloser.Close() // the error of the reading end matters more
	return p.ReadCloser.Close()
}

// Serve handles the requests that come over in, and writes the answers to out, until in
// ends. It ends when the process that started the worker has died.
func Serve(in io.ReadCloser, out io.WriteCloser) error {
	s := &Service{source: newSource()}
	server := rpc.NewServer()
	if err := server.Register(s); err != nil {
		return err
	}
	server.ServeConn(pipes{in, out})
	return s.close()
}

// Connect returns a client for the worker that reads from in and writes to out.
func Connect(in io.WriteCloser, out io.ReadCloser) *rpc.Client {
	return rpc.NewClient(pipes{out, in})
}
