package scaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// user is a logged-in socket. It reads all that comes, so that pings are answered.
type user struct {
	conn    *websocket.Conn
	reading sync.WaitGroup
	cancel  context.CancelFunc
	answers chan string // the ids of answered messages

	mu     sync.Mutex
	failed error
}

// connect logs a user in at a node, opens a socket with its session, and subscribes it
// to channels.
func connect(ctx context.Context, node, name string, rooms []string) (*user, error) {
	cookie, err := enter(ctx, node, name)
	if err != nil {
		return nil, err
	}
	conn, _, err := websocket.Dial(ctx, strings.Replace(node, "http", "ws", 1), &websocket.DialOptions{
		HTTPHeader: http.Header{"Cookie": {cookie}},
	})
	if err != nil {
		return nil, err
	}
	u := &user{conn: conn, answers: make(chan string, 1)}
	reading, cancel := context.WithCancel(context.Background())
	u.cancel = cancel
	u.reading.Go(func() { u.read(reading) })
	for _, room := range rooms {
		if err := u.ask(ctx, `{"messageType":"subscribe","channel":"`+room+`","messageId":"`+room+`"}`, room); err != nil {
			u.close()
			return nil, fmt.Errorf("subscribe to %s: %w", room, err)
		}
	}
	return u, nil
}

// browser keeps its connections: the logins of a fleet would use up the ports otherwise.
var browser = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}

// enter logs a user in and returns the cookie.
func enter(ctx context.Context, node, name string) (string, error) {
	body := strings.NewReader(url.Values{"user": {name}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, node+"/api/enter", body)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := browser.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	cookies := response.Cookies()
	if len(cookies) == 0 {
		return "", fmt.Errorf("log in: %s without a cookie", response.Status)
	}
	return cookies[0].Name + "=" + cookies[0].Value, nil
}

// answer is the part of an answer that is looked at.
type answer struct {
	ID    string          `json:"messageId"`
	Error json.RawMessage `json:"error"`
}

// read reads until the socket closes.
func (u *user) read(ctx context.Context) {
	for {
		_, message, err := u.conn.Read(ctx)
		var a answer
		if err == nil && strings.Contains(string(message), `"messageId"`) {
			err = json.Unmarshal(message, &a)
		}
		if err == nil && a.Error != nil {
			err = fmt.Errorf("the node answers %s", message)
		}
		if err != nil {
			u.mu.Lock()
			u.failed = err
			u.mu.Unlock()
			close(u.answers)
			return
		}
		if a.ID != "" {
			u.answers <- a.ID
		}
	}
}

// ask sends a message and waits for its answer.
func (u *user) ask(ctx context.Context, message, id string) error {
	if err := u.conn.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return err
	}
	select {
	case got, open := <-u.answers:
		switch {
		case !open:
			return u.err()
		case got != id:
			return fmt.Errorf("the answer is to %q, expected one to %q", got, id)
		}
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// err returns why the socket has closed; nil while it is open.
func (u *user) err() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if errors.Is(u.failed, context.Canceled) {
		return nil
	}
	return u.failed
}

// close closes the socket.
func (u *user) close() {
	u.cancel()
	_ = u.conn.CloseNow()
	u.reading.Wait()
}

// closeAll closes the sockets that have been opened.
func closeAll(users []*user) {
	for _, u := range users {
		if u != nil {
			u.close()
		}
	}
}
