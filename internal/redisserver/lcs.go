package redisserver

import (
	"slices"
	"strconv"

	"github.com/keryx-go/keryx/internal/redisserver/resp"
)

// maxLCS bounds the table of LCS, which has a number for each pair of bytes.
const maxLCS = 16 << 20

// match is a run of bytes that both strings have.
type match struct{ a, b, length int }

// commonSubsequence is LCS.
func commonSubsequence(s *session, args []string) resp.Value {
	a, b := s.value("GET", args[1]), s.value("GET", args[2])
	if a.IsError() || b.IsError() {
		return resp.Err("ERR The specified keys must contain string values")
	}
	length, ranges, lengths, shortest := false, false, false, 0
	for i := 3; i < len(args); i++ {
		switch option := fold(args[i]); {
		case option == "len":
			length = true
		case option == "idx":
			ranges = true
		case option == "withmatchlen":
			lengths = true
		case option == "minmatchlen" && i+1 < len(args):
			n, err := strconv.Atoi(args[i+1])
			if err != nil {
				return resp.Err("ERR value is not an integer or out of range")
			}
			shortest = n
			i++
		default:
			return resp.Err("ERR syntax error")
		}
	}
	switch {
	case length && ranges:
		return resp.Err("ERR If you want both the length and indexes, please just use IDX.")
	case (len(a.Text)+1)*(len(b.Text)+1) > maxLCS:
		return resp.Err("ERR Insufficient memory, failed allocating transient memory for LCS")
	}
	common, matches := lcs(a.Text, b.Text)
	switch {
	case length:
		return resp.Count(len(common))
	case !ranges:
		return resp.Of(common)
	}
	found := resp.List()
	for _, m := range matches {
		if m.length < shortest {
			continue
		}
		item := resp.List(span(m.a, m.length), span(m.b, m.length))
		if lengths {
			item.Items = append(item.Items, resp.Count(m.length))
		}
		found.Items = append(found.Items, item)
	}
	return resp.Pairs(resp.Of("matches"), found, resp.Of("len"), resp.Count(len(common)))
}

func span(first, length int) resp.Value {
	return resp.List(resp.Count(first), resp.Count(first+length-1))
}

// lcs returns the longest common subsequence, and its runs from the last one.
func lcs(a, b string) (string, []match) {
	width := len(b) + 1
	best := make([]int32, (len(a)+1)*width)
	for i := range len(a) {
		for j := range len(b) {
			if a[i] == b[j] {
				best[(i+1)*width+j+1] = best[i*width+j] + 1
			} else {
				best[(i+1)*width+j+1] = max(best[i*width+j+1], best[(i+1)*width+j])
			}
		}
	}
	var common []byte
	var matches []match
	for i, j := len(a), len(b); i > 0 && j > 0; {
		switch {
		case a[i-1] == b[j-1]:
			i, j = i-1, j-1
			common = append(common, a[i])
			if last := len(matches) - 1; last >= 0 && matches[last].a == i+1 && matches[last].b == j+1 {
				matches[last] = match{i, j, matches[last].length + 1}
			} else {
				matches = append(matches, match{i, j, 1})
			}
		case best[(i-1)*width+j] > best[i*width+j-1]:
			i--
		default:
			j--
		}
	}
	slices.Reverse(common)
	return string(common), matches
}
