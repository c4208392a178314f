package client

import "testing"

// TestPascal: any name becomes an identifier, and those that become the same get numbers.
func TestPascal(t *testing.T) {
	taken := names{}
	for _, test := range [][3]string{ // the name, in Go, in TypeScript
		{"user:show", "UserShow", "UserShow"},
		{"user-show", "UserShow2", "UserShow2"},
		{"userShow", "UserShow3", "UserShow3"},
		{"a-b:c.d", "ABCD", "ABCD"},
		{"userId", "UserID", "UserId"},
		{"api_url", "APIURL", "ApiUrl"},
		{"ids", "IDs", "Ids"},
		{"2fa", "X2fa", "X2fa"},
		{"type", "Type", "Type"},
		{"über", "Über", "Über"},
		{"名前", "X名前", "X名前"},
		{":-:", "X", "X"},
		{"", "X2", "X2"},
	} {
		if got := taken.take("go " + pascal(test[0], "X", true)); got != "go "+test[1] {
			t.Errorf("%q is %s in Go, want %s", test[0], got, test[1])
		}
		if got := taken.take("ts " + pascal(test[0], "X", false)); got != "ts "+test[2] {
			t.Errorf("%q is %s in TypeScript, want %s", test[0], got, test[2])
		}
	}
}
