package fault

// ProblemType is the media type of [Error.Problem].
const ProblemType = "application/problem+json"

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   Type   `json:"code"`
	members
}
