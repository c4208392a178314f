package servers

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// peer is a server that runs already.
type peer struct{ name, url string }

// peers is the flag --peer.
type peers []peer

// peerName keeps names short enough for the chart, and free of characters that a
// Markdown table would interpret.
var peerName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 .()+-]{0,23}$`)

func (p *peers) String() string {
	var texts []string
	for _, peer := range *p {
		texts = append(texts, peer.name+"="+peer.url)
	}
	return strings.Join(texts, " ")
}

// Set adds a name=url.
func (p *peers) Set(value string) error {
	name, rawURL, found := strings.Cut(value, "=")
	if !found {
		return errors.New("it must be name=url")
	}
	if !peerName.MatchString(name) {
		return fmt.Errorf("the name %q must be 1 to 24 letters, digits, spaces and . ( ) + -", name)
	}
	taken := func(other peer) bool { return other.name == name }
	if slices.Contains(names(), name) || slices.ContainsFunc(*p, taken) {
		return fmt.Errorf("the name %q is taken", name)
	}
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return err
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return fmt.Errorf("the URL %q must begin with http:// or https:// and a host", rawURL)
	case u.User != nil, u.Fragment != "":
		return errors.New("the URL must have neither a user nor a fragment")
	}
	*p = append(*p, peer{name, rawURL})
	return nil
}

// Public returns the peers as the published command shows them.
func (p *peers) Public() []string {
	var texts []string
	for _, peer := range *p {
		texts = append(texts, peer.public())
	}
	return texts
}

// public returns the peer as the published command shows it. The host stays private
// unless it is a loopback address.
func (p peer) public() string {
	u, err := url.Parse(p.url)
	if err != nil {
		return p.name + "=URL"
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		u.Host = "HOST"
	}
	return p.name + "=" + u.String()
}
