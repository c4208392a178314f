package load

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Probe requests a URL once, over its own connection, and returns the header and the
// body of an answer with status 200.
func Probe(ctx context.Context, url string) (http.Header, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	// No header that the load does not send either.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return nil, nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("status %d, expected 200: %s", response.StatusCode, shorten(body))
	}
	return response.Header, body, nil
}
